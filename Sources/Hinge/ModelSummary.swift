import HingeGraph
import HingeOperators
import HingeProgram
import HingeTransforms

/// What a model consists of: what `hinge inspect` shows.
public struct ModelSummary: Sendable, Codable {
    /// An input or output.
    public struct Port: Sendable, Codable {
        /// The name.
        public var name: String
        /// The type and shape: `float32[N, 3, 224, 224]`.
        public var type: String
    }

    /// A node of the graph, or of a body of a control-flow node.
    public struct Row: Sendable, Codable {
        /// The node's name, or that of its first output; that of a node of a body after the names of the nodes around
        /// it and of their attributes that hold the bodies: `scan/body/step`.
        public var name: String
        /// The operator.
        public var type: String
        /// The types and shapes of the outputs.
        public var outputs: [String]
        /// The number of elements in the weights that this node is the first to use.
        public var parameters: Int
        /// The number of multiplications that are added up, for one item of each unknown extent.
        public var multiplyAccumulates: Int
    }

    /// The format's name.
    public var format: String
    /// The format's version, as far as the file states it.
    public var version: String
    /// The tool that wrote the model.
    public var producer: String
    /// The inputs that a caller gives.
    public var inputs: [Port]
    /// The outputs.
    public var outputs: [Port]
    /// The nodes, in order; those of bodies after the node that holds them.
    public var rows: [Row]
    /// The number of elements in all weights.
    public var parameters: Int
    /// The memory that the weights take, in bytes.
    public var bytes: Int
    /// The sum of the nodes' multiply-accumulates, each body counted once.
    public var multiplyAccumulates: Int
    /// How often each operator occurs, by name.
    public var histogram: [String: Int]
    /// What the reader had to guess.
    public var warnings: [String]

    /// Summarizes a model.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - format: The format that it was read from.
    public init(_ model: Model, format: any ModelFormat) {
        let known = try? InferTypes().infer(model)
        let types = ModelSummary.describe
        self.format = format.name
        warnings = model.warnings
        version = model.isWeightsOnly ? "" : format.version(of: model)
        let isKeras = model.origin?.payload is KerasOrigin
        producer =
            isKeras
            ? ""
            : [model.producerName, model.producerVersion]
                .filter { !$0.isEmpty }.joined(separator: " ")
        inputs = model.graph.requiredInputs.map { Port(name: $0.name, type: types($0.type)) }
        outputs = model.graph.outputs.map {
            Port(name: $0.name, type: types(known?.type(of: $0.name) ?? $0.type))
        }
        var listing = Listing()
        listing.add(model.graph, known, "")
        rows = listing.rows
        parameters = Extent.sum(of: listing.weights.map(\.count))
        bytes = Extent.sum(of: listing.weights.map(\.byteCount))
        multiplyAccumulates = Extent.sum(of: rows.map(\.multiplyAccumulates))
        histogram = Dictionary(rows.map { ($0.type, 1) }, uniquingKeysWith: +)
    }

    /// The constants of a graph and of the bodies in it.
    public static func weights(of graph: Graph) -> [NamedTensor] {
        graph.initializers
            + graph.nodes.flatMap { $0.subgraphs.flatMap { ModelSummary.weights(of: $0) } }
    }

    /// The rows of graphs inside each other, and their weights.
    private struct Listing {
        var rows: [Row] = []
        var weights: [Tensor] = []
        /// The weights that no row has used, by name.
        private var unused: [String: Tensor] = [:]

        mutating func add(_ graph: Graph, _ known: InferredGraph?, _ path: String) {
            for initializer in graph.initializers
            where ModelSummary.isWeight(initializer.tensor) {
                weights.append(initializer.tensor)
                unused[initializer.name] = initializer.tensor
            }
            for (index, node) in graph.nodes.enumerated() {
                let own = node.inputs.compactMap { unused.removeValue(forKey: $0) }
                let name = path + (node.name.isEmpty ? node.outputs.first ?? "" : node.name)
                rows.append(
                    Row(
                        name: name,
                        type: OperatorID(domain: node.domain, type: node.type).description,
                        outputs: node.outputs.filter { !$0.isEmpty }
                            .map { ModelSummary.describe(known?.type(of: $0)) },
                        parameters: Extent.sum(of: own.map(\.count)),
                        multiplyAccumulates: known?.multiplyAccumulates(at: index, node) ?? 0))
                for attribute in node.attributes {
                    for body in attribute.value.graphs {
                        add(
                            body, known?.bodies[index]?[attribute.name],
                            "\(name)/\(attribute.name)/")
                    }
                }
            }
        }
    }

    private static func describe(_ type: ValueType?) -> String { type?.description ?? "?" }

    /// Whether an initializer is a weight: not one of the small vectors of integers that give operators a shape,
    /// axes or positions.
    private static func isWeight(_ tensor: Tensor) -> Bool {
        !(tensor.rank <= 1 && (tensor.dataType == .int64 || tensor.dataType == .int32))
    }
}

extension InferredGraph {
    /// The number of products that a node of the graph adds up.
    fileprivate func multiplyAccumulates(at index: Int, _ node: Node) -> Int {
        guard let operation = self.operator(index) else { return 0 }
        let context = InferenceContext(inputs: inputs(of: node), outputCount: node.outputs.count)
        return operation.multiplyAccumulates(
            context, node.outputs.map { self[$0] ?? Inferred() })
    }
}
