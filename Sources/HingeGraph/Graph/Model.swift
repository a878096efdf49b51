/// The version of a set of operators.
public struct OpsetImport: Sendable, Hashable {
    /// The domain of the operators; empty for those of ONNX itself.
    public var domain: String
    /// The version.
    public var version: Int
    /// What only the format that it came from knows.
    public var origin: Origin?

    /// Creates an opset import.
    public init(domain: String = "", version: Int, origin: Origin? = nil) {
        self.domain = domain
        self.version = version
        self.origin = origin
    }
}

/// A model: a graph, the functions that it calls, and what is known about it.
public struct Model: Sendable {
    /// The graph that runs.
    public var graph: Graph
    /// Operators that are defined by other operators.
    public var functions: [Function]
    /// The operator sets that the nodes are written in.
    public var opsetImports: [OpsetImport]
    /// The version of the ONNX file format.
    public var irVersion: Int
    /// The tool that made the model, and its version.
    public var producerName: String
    /// The version of the tool that made the model.
    public var producerVersion: String
    /// The model's name space, a reverse domain name.
    public var domain: String
    /// The model's own version.
    public var modelVersion: Int
    /// Documentation.
    public var documentation: String
    /// Named texts about the model.
    public var metadata: Metadata
    /// How the model is trained, for the few files that say so.
    public var trainingInfos: [TrainingInfo]
    /// What only the format that it came from knows.
    public var origin: Origin?
    /// What the reader had to guess, one sentence each, for the people who use the model.
    public var warnings: [String] = []
    /// What the names of its operators mean, as the module of operators keeps it; `nil` for what the standard says.
    package var operatorTable: (any Sendable)?

    /// Creates a model.
    public init(
        graph: Graph, functions: [Function] = [], opsetImports: [OpsetImport], irVersion: Int = 10,
        producerName: String = "", producerVersion: String = "", domain: String = "",
        modelVersion: Int = 0, documentation: String = "", metadata: Metadata = [:],
        trainingInfos: [TrainingInfo] = [], origin: Origin? = nil
    ) {
        self.graph = graph
        self.functions = functions
        self.opsetImports = opsetImports
        self.irVersion = irVersion
        self.producerName = producerName
        self.producerVersion = producerVersion
        self.domain = domain
        self.modelVersion = modelVersion
        self.documentation = documentation
        self.metadata = metadata
        self.trainingInfos = trainingInfos
        self.origin = origin
    }

    /// The version of a domain's operators that the model imports.
    ///
    /// `ai.onnx` is the empty domain.
    public func opset(of domain: String) -> Int? {
        let domain = Domain(domain)
        return opsetImports.first { Domain($0.domain) == domain }?.version
    }
}

/// An operator that is defined by other operators.
public struct Function: Sendable, Equatable {
    /// The name, which nodes call it by.
    public var name: String
    /// The domain that it belongs to.
    public var domain: String
    /// Which of several functions of one name this is.
    public var overload: String
    /// The names of the inputs.
    public var inputs: [String]
    /// The names of the outputs.
    public var outputs: [String]
    /// The attributes that a caller must give.
    public var attributes: [String]
    /// The attributes that have a default.
    public var defaultAttributes: [Attribute]
    /// The nodes, in topological order.
    public var nodes: [Node]
    /// The operator sets that the nodes are written in.
    public var opsetImports: [OpsetImport]
    /// What is known of the types of values.
    public var valueInfos: [ValueInfo]
    /// Documentation.
    public var documentation: String
    /// Named texts about the function.
    public var metadata: Metadata
    /// What only the format that it came from knows.
    public var origin: Origin?

    /// Creates a function.
    public init(
        name: String, domain: String, overload: String = "", inputs: [String] = [],
        outputs: [String] = [], attributes: [String] = [], defaultAttributes: [Attribute] = [],
        nodes: [Node] = [], opsetImports: [OpsetImport] = [], valueInfos: [ValueInfo] = [],
        documentation: String = "", metadata: Metadata = [:], origin: Origin? = nil
    ) {
        self.name = name
        self.domain = domain
        self.overload = overload
        self.inputs = inputs
        self.outputs = outputs
        self.attributes = attributes
        self.defaultAttributes = defaultAttributes
        self.nodes = nodes
        self.opsetImports = opsetImports
        self.valueInfos = valueInfos
        self.documentation = documentation
        self.metadata = metadata
        self.origin = origin
    }
}

/// How a model is trained: a graph that initialises, one that takes a step, and what they update.
public struct TrainingInfo: Sendable, Equatable {
    /// The graph that gives initial values.
    public var initialization: Graph?
    /// The graph that computes one training step.
    public var algorithm: Graph?
    /// Which initializer takes which output of ``initialization``.
    public var initializationBindings: Metadata
    /// Which initializer takes which output of ``algorithm``.
    public var updateBindings: Metadata
    /// What only the format that it came from knows.
    public var origin: Origin?

    /// Creates training information.
    public init(
        initialization: Graph? = nil, algorithm: Graph? = nil,
        initializationBindings: Metadata = [:], updateBindings: Metadata = [:],
        origin: Origin? = nil
    ) {
        self.initialization = initialization
        self.algorithm = algorithm
        self.initializationBindings = initializationBindings
        self.updateBindings = updateBindings
        self.origin = origin
    }
}
