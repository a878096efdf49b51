/// The one error type of Hinge: what went wrong, where, and why.
///
/// A message says what was expected and what was found. The places that an error passed on its way
/// out are in ``context``, outermost first, and each boundary adds its own place once:
/// `digits.onnx › node 'conv1' (Conv) › attribute 'strides': expected 2 integers, found 3`.
public struct HingeError: Error, Sendable {
    /// The kind of failure.
    public enum Code: String, Sendable, CaseIterable {
        /// The caller asked for something that makes no sense: an unknown option, a bad argument.
        case usage
        /// A file, or a member of one, does not exist or may not be read.
        case noInput
        /// The data is malformed, truncated or inconsistent.
        case badData
        /// The data is well formed but holds something Hinge does not support.
        case unsupported
        /// An input, a type or a shape does not fit the model.
        case mismatch
        /// The data asks for more than a limit allows.
        case limit
        /// An output cannot be created.
        case cannotCreate
        /// Reading or writing failed.
        case inputOutput
        /// Hinge broke a promise of its own: a bug.
        case internalError
    }

    /// A place that an error passed on its way out.
    public enum Place: Sendable, Hashable {
        /// A file, by the path or name that the user knows it by.
        case file(String)
        /// A graph or function, by name.
        case graph(String)
        /// A node, by name and operator type.
        case node(name: String, type: String)
        /// A Keras layer, by name and class.
        case layer(name: String, type: String)
        /// An attribute of a node, by name.
        case attribute(String)
        /// A value, an input or an output, by name.
        case value(String)
        /// A tensor, by name.
        case tensor(String)
        /// An object in an HDF5 or zip file, by path.
        case path(String)
        /// A field of a message or of a JSON document.
        case field(String)
        /// A position in a file, in bytes.
        case byteOffset(Int)
    }

    /// The kind of failure.
    public var code: Code
    /// What was expected and what was found.
    public var message: String
    /// The places that the error passed, outermost first.
    public var context: [Place]
    /// The error that caused this one, if another component reported it.
    public var underlying: (any Error)?

    /// Creates an error.
    public init(
        _ code: Code, _ message: String, at context: [Place] = [], underlying: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.context = context
        self.underlying = underlying
    }

    /// This error as seen from one boundary further out.
    public func adding(_ place: Place) -> HingeError {
        var error = self
        error.context.insert(place, at: 0)
        return error
    }
}

extension HingeError: CustomStringConvertible {
    /// The text that people read.
    public var description: String {
        let places = context.map(\.description).joined(separator: " › ")
        return places.isEmpty ? message : "\(places): \(message)"
    }
}

extension HingeError.Place: CustomStringConvertible {
    /// The text that people read.
    public var description: String {
        switch self {
        case .file(let path): path
        case .graph(let name): "graph '\(name)'"
        case .node("", let type): "node (\(type))"
        case .node(let name, let type): "node '\(name)' (\(type))"
        case .layer(let name, let type): "layer '\(name)' (\(type))"
        case .attribute(let name): "attribute '\(name)'"
        case .value(let name): "value '\(name)'"
        case .tensor(let name): "tensor '\(name)'"
        case .path(let path): path
        case .field(let name): "field '\(name)'"
        case .byteOffset(let offset): "byte \(offset)"
        }
    }
}

/// Runs `body`; an error that leaves it carries `place` as its outermost context.
///
/// An error of another type becomes a ``HingeError`` with that error as its cause.
@inlinable
public func withContext<Result>(
    _ place: @autoclosure () -> HingeError.Place, _ body: () throws -> Result
) throws -> Result {
    do {
        return try body()
    } catch let error as HingeError {
        throw error.adding(place())
    } catch {
        throw HingeError(.internalError, "\(error)", at: [place()], underlying: error)
    }
}
