/// One application of an operator.
///
/// The attributes are kept as the file spells them, at the opset version that the model imports. The typed
/// view of them is made on demand by the operator (`OperatorRegistry`).
public struct Node: Sendable, Equatable {
    /// The operator's domain; empty for the operators of ONNX itself.
    public var domain: String
    /// The operator's name, `LeakyRelu`.
    public var type: String
    /// Which overload of a function this is; usually empty.
    public var overload: String
    /// The node's name; may be empty.
    public var name: String
    /// The names of the input values.
    ///
    /// An absent optional input is an empty name.
    public var inputs: [String]
    /// The names of the output values.
    ///
    /// An output that nobody asked for is an empty name.
    public var outputs: [String]
    /// The attributes.
    public var attributes: [Attribute]
    /// Documentation.
    public var documentation: String
    /// Named texts about the node.
    public var metadata: Metadata
    /// What only the format that it came from knows.
    public var origin: Origin?

    /// Creates a node.
    public init(
        _ type: String, domain: String = "", overload: String = "", name: String = "",
        inputs: [String], outputs: [String], attributes: [Attribute] = [],
        documentation: String = "", metadata: Metadata = [:], origin: Origin? = nil
    ) {
        self.domain = domain
        self.type = type
        self.overload = overload
        self.name = name
        self.inputs = inputs
        self.outputs = outputs
        self.attributes = attributes
        self.documentation = documentation
        self.metadata = metadata
        self.origin = origin
    }

    /// The value of the attribute with the given name.
    public subscript(attribute name: String) -> Attribute.Value? {
        attributes.first { $0.name == name }?.value
    }

    /// The graphs in the node's attributes, such as the branches of `If`.
    public var subgraphs: [Graph] { attributes.flatMap(\.value.graphs) }

    /// Replaces each graph in the node's attributes.
    package mutating func mapSubgraphs(_ transform: (Graph) throws -> Graph) rethrows {
        for index in attributes.indices {
            switch attributes[index].value {
            case .graph(let graph): attributes[index].value = .graph(try transform(graph))
            case .graphs(let graphs): attributes[index].value = .graphs(try graphs.map(transform))
            default: break
            }
        }
    }

    /// The node as a place in an error's context.
    public var place: HingeError.Place {
        .node(name: name, type: domain.isEmpty ? type : "\(domain).\(type)")
    }
}
