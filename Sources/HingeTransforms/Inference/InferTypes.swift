import HingeGraph
import HingeOperators
import HingeProgram

/// Infers what is known of every value of a model before it runs: types, shapes with symbolic dimensions,
/// constants, and the elements of shape computations.
///
/// Rules:
/// - An initializer is a constant, unless it is also an input that a caller may override (IR version 4
///   and later).
/// - A node's outputs are what its operator infers.
/// - An output of a deterministic operator whose inputs are all constants is a constant too, if it has at most
///   ``constantLimit`` elements.
/// - A call of one of the model's functions is inferred through the function's body.
/// - What the file states of a value's type fills in what inference doesn't find, and never overrides it.
/// - As a pass, it writes what it found into the graphs' value infos and output types.
public struct InferTypes: ModelPass {
    /// The name of the pass.
    public static let name = "infer-types"

    /// Shapes of inputs, by name, in place of those that the model states.
    ///
    /// They must fit what the model states; the symbolic dimensions that they make known are known everywhere.
    public var inputShapes: [String: Shape]
    /// Whether an operator that Hinge doesn't know, or can't read, is an error.
    ///
    /// Otherwise its outputs are unknown.
    public var isStrict: Bool
    /// The largest number of elements of a constant that is computed on the way.
    public var constantLimit: Int

    /// Creates the pass.
    public init(
        inputShapes: [String: Shape] = [:], isStrict: Bool = false, constantLimit: Int = 1024
    ) {
        self.inputShapes = inputShapes
        self.isStrict = isStrict
        self.constantLimit = constantLimit
    }

    /// What is known of the values of a model.
    ///
    /// - Throws: ``HingeError`` with the node as its context when inputs don't fit an operator, and when
    ///   an input shape doesn't fit what the model states.
    public func infer(_ model: Model) throws -> InferredGraph {
        var options = ProgramOptions()
        options.isStrict = isStrict
        options.inference.inputShapes = inputShapes
        options.inference.constantLimit = constantLimit
        return InferredGraph(try Program(model, options))
    }

    /// Writes the types of all values into the model.
    public func run(_ model: inout Model) throws -> Bool {
        let before = model.graph
        let inferred = try infer(model)
        model.graph.record(inferred)
        return model.graph != before
    }
}

extension Graph {
    /// Writes the types that were inferred into value infos and outputs, subgraphs included.
    fileprivate mutating func record(_ inferred: InferredGraph) {
        let named = Set(inputs.map(\.name) + outputs.map(\.name) + initializers.map(\.name))
        let known = Dictionary(
            valueInfos.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        for index in outputs.indices {
            outputs[index].type = inferred.type(of: outputs[index].name) ?? outputs[index].type
        }
        valueInfos = nodes.flatMap(\.outputs).compactMap { name in
            guard !name.isEmpty, !named.contains(name) else { return nil }
            guard let type = inferred.type(of: name) else { return known[name] }
            var info = known[name] ?? ValueInfo(name: name, type: nil)
            info.type = type
            return info
        }
        for index in nodes.indices {
            guard let bodies = inferred.bodies[index] else { continue }
            for position in nodes[index].attributes.indices {
                let attribute = nodes[index].attributes[position]
                guard case .graph(var graph) = attribute.value, let body = bodies[attribute.name]
                else { continue }
                graph.record(body)
                nodes[index].attributes[position].value = .graph(graph)
            }
        }
    }
}
