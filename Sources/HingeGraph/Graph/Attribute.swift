/// A named constant of a node, known when the graph is built.
public struct Attribute: Sendable, Equatable {
    /// The name, unique within the node.
    public var name: String
    /// The value.
    public var value: Value
    /// Documentation.
    public var documentation: String
    /// What only the format that it came from knows.
    public var origin: Origin?

    /// The value of an attribute, by type.
    ///
    /// The types are those of ONNX (`AttributeProto.AttributeType`).
    public indirect enum Value: Sendable, Equatable {
        case float(Float)
        case int(Int64)
        case string(ByteString)
        case tensor(NamedTensor)
        case graph(Graph)
        case sparseTensor(SparseTensor)
        case type(ValueType)
        case floats([Float])
        case ints([Int64])
        case strings([ByteString])
        case tensors([NamedTensor])
        case graphs([Graph])
        case sparseTensors([SparseTensor])
        case types([ValueType])
        /// Inside a function: the value of the attribute `name` of the node that calls the function.
        /// `kind` is the name of its type, as ``kind`` gives it.
        case reference(name: String, kind: String)
        /// A value whose type the file does not state.
        case undefined
    }

    /// Creates an attribute.
    public init(
        _ name: String, _ value: Value, documentation: String = "", origin: Origin? = nil
    ) {
        self.name = name
        self.value = value
        self.documentation = documentation
        self.origin = origin
    }

    /// Creates an integer attribute.
    public static func int(_ name: String, _ value: Int) -> Attribute {
        Attribute(name, .int(Int64(value)))
    }
    /// Creates an attribute of integers.
    public static func ints(_ name: String, _ values: [Int]) -> Attribute {
        Attribute(name, .ints(values.map { Int64($0) }))
    }
    /// Creates a floating-point attribute.
    public static func float(_ name: String, _ value: Float) -> Attribute {
        Attribute(name, .float(value))
    }
    /// Creates an attribute of floating-point numbers.
    public static func floats(_ name: String, _ values: [Float]) -> Attribute {
        Attribute(name, .floats(values))
    }
    /// Creates a string attribute.
    public static func string(_ name: String, _ value: String) -> Attribute {
        Attribute(name, .string(ByteString(value)))
    }
    /// Creates an attribute of strings.
    public static func strings(_ name: String, _ values: [String]) -> Attribute {
        Attribute(name, .strings(values.map { ByteString($0) }))
    }
    /// Creates a tensor attribute.
    public static func tensor(_ name: String, _ value: Tensor) -> Attribute {
        Attribute(name, .tensor(NamedTensor(name: "", value)))
    }
    /// Creates a graph attribute.
    public static func graph(_ name: String, _ value: Graph) -> Attribute {
        Attribute(name, .graph(value))
    }
}

extension Attribute.Value {
    /// The name of the value's type, in words that errors use: "an integer", "a list of strings".
    public var kind: String {
        switch self {
        case .float: "float"
        case .int: "int"
        case .string: "string"
        case .tensor: "tensor"
        case .graph: "graph"
        case .sparseTensor: "sparse tensor"
        case .type: "type"
        case .floats: "floats"
        case .ints: "ints"
        case .strings: "strings"
        case .tensors: "tensors"
        case .graphs: "graphs"
        case .sparseTensors: "sparse tensors"
        case .types: "types"
        case .reference(_, let kind): kind
        case .undefined: "undefined"
        }
    }

    /// The graphs that the value holds.
    public var graphs: [Graph] {
        switch self {
        case .graph(let graph): [graph]
        case .graphs(let graphs): graphs
        default: []
        }
    }
}

/// A tensor with the name by which a graph refers to it.
public struct NamedTensor: Sendable, Equatable {
    /// The name; empty inside attributes.
    public var name: String
    /// The elements.
    public var tensor: Tensor
    /// Documentation.
    public var documentation: String
    /// Named texts about the tensor, in order.
    public var metadata: Metadata
    /// What only the format that it came from knows.
    public var origin: Origin?

    /// Creates a named tensor.
    public init(
        name: String, _ tensor: Tensor, documentation: String = "", metadata: Metadata = [:],
        origin: Origin? = nil
    ) {
        self.name = name
        self.tensor = tensor
        self.documentation = documentation
        self.metadata = metadata
        self.origin = origin
    }
}
