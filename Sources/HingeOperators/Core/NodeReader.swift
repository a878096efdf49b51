import HingeGraph

/// Reads the attributes of a node, typed.
///
/// The one place that says "expected this, found that".
public struct NodeReader {
    /// The node.
    public let node: Node
    /// The version of the node's domain that it is written in.
    public let opset: Int
    /// The types of the inputs, as far as they are known.
    public let inputTypes: [ValueType?]
    private let constants: [Tensor?]

    /// Creates a reader.
    ///
    /// - Parameters:
    ///   - node: The node to read.
    ///   - opset: The version of the node's domain that it is written in.
    ///   - inputTypes: What is known of the inputs' types.
    ///   - constants: The inputs that are known constants, by position.
    public init(
        _ node: Node, opset: Int, inputTypes: [ValueType?] = [], constants: [Tensor?] = []
    ) {
        self.node = node
        self.opset = opset
        self.inputTypes = inputTypes
        self.constants = constants
    }

    /// Whether the node gives the input at `index`.
    public func hasInput(_ index: Int) -> Bool {
        index < node.inputs.count && !node.inputs[index].isEmpty
    }

    /// Whether somebody asked for the output at `index`.
    public func hasOutput(_ index: Int) -> Bool {
        index < node.outputs.count && !node.outputs[index].isEmpty
    }

    /// The input at `index`, if it is a known constant.
    public func constant(_ index: Int) -> Tensor? {
        index < constants.count ? constants[index] : nil
    }

    /// Whether the node has an attribute.
    public func has(_ name: String) -> Bool { node[attribute: name] != nil }

    /// An optional integer.
    public func int(_ name: String) throws -> Int? {
        try read(name, "an integer") { if case .int(let value) = $0 { Int(value) } else { nil } }
    }

    /// An integer with a default.
    public func int(_ name: String, default value: Int) throws -> Int {
        try int(name) ?? value
    }

    /// A number of something, 0 or more, with a default of 0.
    public func count(_ name: String) throws -> Int {
        let value = try int(name, default: 0)
        guard value >= 0 else { throw error(name, "expected 0 or more, found \(value)") }
        return value
    }

    /// A flag, which the standard writes as an integer: every integer but 0 is true.
    public func flag(_ name: String, default value: Bool) throws -> Bool {
        try int(name).map { $0 != 0 } ?? value
    }

    /// Optional integers.
    public func ints(_ name: String) throws -> [Int]? {
        try read(name, "a list of integers") {
            if case .ints(let values) = $0 { values.map { Int($0) } } else { nil }
        }
    }

    /// An optional floating-point number.
    public func float(_ name: String) throws -> Float? {
        try read(name, "a number") { if case .float(let value) = $0 { value } else { nil } }
    }

    /// A floating-point number with a default.
    public func float(_ name: String, default value: Float) throws -> Float {
        try float(name) ?? value
    }

    /// Optional floating-point numbers.
    public func floats(_ name: String) throws -> [Float]? {
        try read(name, "a list of numbers") {
            if case .floats(let values) = $0 { values } else { nil }
        }
    }

    /// An optional string.
    public func string(_ name: String) throws -> String? {
        try read(name, "a string in UTF-8") {
            if case .string(let value) = $0 { value.text } else { nil }
        }
    }

    /// One of a few words, with a default.
    ///
    /// Words are compared as they stand.
    public func word<Word: RawRepresentable & CaseIterable>(
        _ name: String, default value: Word
    ) throws -> Word where Word.RawValue == String {
        guard let text = try string(name) else { return value }
        guard let word = Word(rawValue: text) else {
            let words = Word.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
            throw error(name, "expected one of \(words), found '\(text)'")
        }
        return word
    }

    /// Optional strings.
    public func strings(_ name: String) throws -> [String]? {
        try read(name, "a list of strings in UTF-8") {
            guard case .strings(let values) = $0 else { return nil }
            let texts = values.compactMap(\.text)
            return texts.count == values.count ? texts : nil
        }
    }

    /// An optional tensor.
    public func tensor(_ name: String) throws -> Tensor? {
        try read(name, "a tensor") {
            if case .tensor(let value) = $0 { value.tensor } else { nil }
        }
    }

    /// An optional type.
    public func type(_ name: String) throws -> ValueType? {
        try read(name, "a type") { if case .type(let value) = $0 { value } else { nil } }
    }

    /// Throws unless the attribute is there and holds a graph: a body of the node.
    public func requireBody(_ name: String) throws { _ = try body(name) }

    /// The number of inputs of a body of the node.
    public func bodyInputCount(_ name: String) throws -> Int { try body(name).inputs.count }

    /// The number of outputs of a body of the node.
    public func bodyOutputCount(_ name: String) throws -> Int { try body(name).outputs.count }

    private func body(_ name: String) throws -> Graph {
        let graph = try read(name, "a graph") { value -> Graph? in
            if case .graph(let graph) = value { graph } else { nil }
        }
        return try required(name, graph)
    }

    /// An attribute that must be there.
    ///
    /// `try node.required("axis", node.int("axis"))`
    public func required<Result>(_ name: String, _ value: Result?) throws -> Result {
        guard let value else { throw error(name, "expected a value, found none") }
        return value
    }

    /// An error about an attribute of this node.
    public func error(_ name: String, _ message: String) -> HingeError {
        HingeError(.badData, message, at: [.attribute(name)])
    }

    private func read<Result>(
        _ name: String, _ expected: String, _ convert: (Attribute.Value) -> Result?
    ) throws -> Result? {
        guard let value = node[attribute: name] else { return nil }
        guard let result = convert(value) else {
            throw error(name, "expected \(expected), found \(value.kind)")
        }
        return result
    }
}
