/// What a caller may ask of one format: a type of the format's own, whose initial value asks for nothing.
public protocol FormatOptions: Sendable, Equatable {
    /// What the options are called in errors: `options of ONNX`.
    static var name: String { get }

    /// Asks for nothing in particular.
    init()
}

/// Options of formats, each found by its type.
struct FormatOptionTable: Sendable {
    private var entries: [ObjectIdentifier: any FormatOptions] = [:]

    init(_ options: [any FormatOptions]) {
        for option in options { entries[ObjectIdentifier(type(of: option))] = option }
    }

    subscript<Options: FormatOptions>(type: Options.Type) -> Options {
        get { entries[ObjectIdentifier(type)] as? Options ?? Options() }
        set { entries[ObjectIdentifier(type)] = newValue }
    }

    /// Those that ask for something, and aren't of the given types.
    func demands(besides types: [any FormatOptions.Type]) -> [any FormatOptions.Type] {
        let known = Set(types.map { ObjectIdentifier($0) })
        return entries.filter { !known.contains($0.key) && $0.value.isDemand }
            .map { type(of: $0.value) }
    }
}

extension FormatOptions {
    /// Whether something is asked for.
    fileprivate var isDemand: Bool { self != Self() }
}

/// What a caller may ask of a reader.
///
/// Options of formats other than the source's are left alone: they are for whichever file is of that format.
///
/// ```swift
/// var options = ReadOptions(architecturePath: "model.json")
/// options[KerasOptions.self].backend = "theano"
/// ```
public struct ReadOptions: Sendable {
    /// The graph that weights belong to, for formats whose weights stand in a file of their own.
    public var architecture: Architecture?
    private var table: FormatOptionTable

    /// Creates options.
    ///
    /// - Parameters:
    ///   - architecturePath: A file or folder that holds the architecture of weights: a model, or what else the weights'
    ///     format takes.
    ///   - options: What is asked of formats.
    public init(architecturePath: String? = nil, _ options: any FormatOptions...) {
        architecture = architecturePath.map { Architecture(path: $0) }
        table = FormatOptionTable(options)
    }

    /// What is asked of a format, by the type of its options.
    public subscript<Options: FormatOptions>(type: Options.Type) -> Options {
        get { table[type] }
        set { table[type] = newValue }
    }
}

/// What a caller may ask of a writer.
///
/// ```swift
/// try model.write(toFile: "model.onnx", options: WriteOptions(ONNXOptions(opset: 17)))
/// ```
public struct WriteOptions: Sendable {
    private var table: FormatOptionTable

    /// Creates options.
    public init(_ options: any FormatOptions...) { table = FormatOptionTable(options) }

    /// What is asked of a format, by the type of its options.
    public subscript<Options: FormatOptions>(type: Options.Type) -> Options {
        get { table[type] }
        set { table[type] = newValue }
    }

    /// Throws when something is asked of another format than the one that is written.
    ///
    /// - Throws: ``HingeError`` with the code `usage`.
    package func check(for format: any ModelFormat) throws {
        let foreign = table.demands(besides: format.optionTypes).map { $0.name }.sorted()
        guard foreign.isEmpty else {
            throw HingeError(
                .usage,
                "the options of \(foreign.joined(separator: ", ")) mean nothing to \(format.name)")
        }
    }
}

/// The graph that weights belong to, where these stand in a file of their own.
public struct Architecture: Sendable {
    private enum Holder: Sendable {
        case path(String)
        case model(Model)
    }

    private let holder: Holder
    /// Reads the model at a path, whatever format it is of.
    package var reader: (@Sendable (String) throws -> Model)?

    /// The architecture that a file or folder holds.
    public init(path: String) { holder = .path(path) }

    /// The architecture of a model.
    public init(_ model: Model) { holder = .model(model) }

    /// The path; `nil` for a model in memory.
    public var path: String? {
        if case .path(let path) = holder { path } else { nil }
    }

    /// The model.
    ///
    /// - Throws: ``HingeError`` when the file isn't one of a model, or holds only weights itself.
    public func model() throws -> Model {
        let model: Model
        switch holder {
        case .model(let held): model = held
        case .path(let path):
            guard let reader else {
                throw HingeError(
                    .usage, "the formats that '\(path)' may be of are not known here")
            }
            model = try reader(path)
        }
        guard let path else { return model }
        try withContext(.file(path)) { try model.requireGraph() }
        return model
    }
}
