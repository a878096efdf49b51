/// The name of a set of operators.
///
/// `ai.onnx` and the empty name are two names of the standard's own operators. Files write either; everything that
/// compares domains compares values of this type.
public struct Domain: Sendable, Hashable, ExpressibleByStringLiteral {
    /// The name; empty for the operators of ONNX itself.
    public let name: String

    /// Creates a domain from the name that a file has for it.
    public init(_ name: String) {
        self.name = name == "ai.onnx" ? "" : name
    }

    /// Creates a domain from a name in the source.
    public init(stringLiteral name: String) {
        self.init(name)
    }

    /// The operators of ONNX itself.
    public static let onnx = Domain("")
}

extension Domain: CustomStringConvertible {
    /// The text that people read: `ai.onnx`.
    public var description: String { name.isEmpty ? "ai.onnx" : name }
}

/// The versions of the operators that a model's nodes, or a function's, are written in, by domain.
public struct OperatorVersions: Sendable, Hashable {
    private var versions: [Domain: Int]
    /// Whether an operator that a version has for other element types only may be written for one of those, its inputs and
    /// outputs cast.
    public var castsElements = false

    /// Creates a table with the standard's own operators alone.
    public init(onnx version: Int) {
        versions = [.onnx: version]
    }

    /// Creates a table from what a file imports; of two versions of a domain, the first counts.
    public init(_ imports: [OpsetImport]) {
        versions = Dictionary(imports.map { (Domain($0.domain), $0.version) }) { first, _ in first }
    }

    /// The version of a domain's operators; `nil` when they are not imported.
    public subscript(domain: Domain) -> Int? {
        get { versions[domain] }
        set { versions[domain] = newValue }
    }

    /// The version of a domain's operators.
    ///
    /// - Throws: ``HingeError`` when they are not imported.
    public func version(of domain: Domain) throws -> Int {
        guard let version = versions[domain] else {
            throw HingeError(.badData, "the model does not import the operators of '\(domain)'")
        }
        return version
    }

    /// The domains, in the order of their names.
    public var domains: [Domain] { versions.keys.sorted { $0.name < $1.name } }

    /// This table with another's versions in place of its own.
    public func overridden(by other: OperatorVersions) -> OperatorVersions {
        var result = self
        result.versions.merge(other.versions) { $1 }
        return result
    }
}
