/// A value that a graph names, with what is known of its type.
public struct ValueInfo: Sendable, Equatable {
    /// The name.
    public var name: String
    /// The type, if the file states it.
    public var type: ValueType?
    /// Documentation.
    public var documentation: String
    /// Named texts about the value.
    public var metadata: Metadata
    /// What only the format that it came from knows.
    public var origin: Origin?

    /// Creates a value info.
    public init(
        name: String, type: ValueType?, documentation: String = "", metadata: Metadata = [:],
        origin: Origin? = nil
    ) {
        self.name = name
        self.type = type
        self.documentation = documentation
        self.metadata = metadata
        self.origin = origin
    }
}

/// A computation: nodes that take values by name and give values by name.
public struct Graph: Sendable, Equatable {
    /// The name.
    public var name: String
    /// The nodes, in topological order.
    public var nodes: [Node]
    /// The inputs.
    ///
    /// An input that is also an initializer has that as its default.
    public var inputs: [ValueInfo]
    /// The outputs.
    public var outputs: [ValueInfo]
    /// The constants that nodes refer to by name: weights.
    public var initializers: [NamedTensor]
    /// The constants that are stored sparsely.
    public var sparseInitializers: [SparseTensor]
    /// What is known of the types of intermediate values.
    public var valueInfos: [ValueInfo]
    /// Documentation.
    public var documentation: String
    /// Named texts about the graph.
    public var metadata: Metadata
    /// What only the format that it came from knows.
    public var origin: Origin?

    /// Creates a graph.
    public init(
        name: String = "", nodes: [Node] = [], inputs: [ValueInfo] = [], outputs: [ValueInfo] = [],
        initializers: [NamedTensor] = [], sparseInitializers: [SparseTensor] = [],
        valueInfos: [ValueInfo] = [], documentation: String = "", metadata: Metadata = [:],
        origin: Origin? = nil
    ) {
        self.name = name
        self.nodes = nodes
        self.inputs = inputs
        self.outputs = outputs
        self.initializers = initializers
        self.sparseInitializers = sparseInitializers
        self.valueInfos = valueInfos
        self.documentation = documentation
        self.metadata = metadata
        self.origin = origin
    }

    /// The inputs that a caller must give: those without an initializer as their default.
    public var requiredInputs: [ValueInfo] {
        let defaults = Set(initializers.map(\.name)).union(sparseInitializers.map(\.name))
        return inputs.filter { !defaults.contains($0.name) }
    }
}
