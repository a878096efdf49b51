import HingeGraph
import Synchronization

/// Runs a model as compiled plans.
final class FastEngine: Engine {
    private let model: Model
    private let options: Session.Options
    let outputs: [String]
    private let overridable: Set<String>
    /// The names of all values of the graph.
    private let names: Set<String>
    private let standard: Variant
    private let others = Mutex<[(key: Key, variant: Variant)]>([])

    /// How many variants for unusual sets of inputs and outputs are kept.
    private static let variantLimit = 4

    /// What a variant is compiled for.
    private struct Key: Hashable {
        let outputs: [String]
        let overridden: Set<String>
    }

    init(_ model: Model, options: Session.Options) throws {
        self.model = model
        self.options = options
        outputs = model.graph.outputs.map(\.name)
        let required = Set(model.graph.requiredInputs.map(\.name))
        overridable = Set(model.graph.inputs.map(\.name)).subtracting(required)
        let graph = model.graph
        names = Set(graph.inputs.map(\.name) + graph.nodes.flatMap(\.outputs))
            .union(graph.initializers.map(\.name)).union(graph.sparseInitializers.map(\.name))
        standard = try Variant(model, outputs: outputs, overridden: [], options: options)
    }

    func run(
        _ inputs: [String: Value], outputs: [String], _ observer: Observer?
    ) throws -> [Value] {
        guard let observer else { return try variant(inputs, outputs).run(inputs) }
        let names = model.graph.nodes.flatMap(\.outputs).filter { !$0.isEmpty }
        let values = try variant(inputs, outputs + names).runOptional(inputs)
        for (name, value) in zip(names, values.dropFirst(outputs.count)) {
            if let value { try observer(name, value) }
        }
        return try zip(outputs, values).map { try Variant.require($1, $0) }
    }

    /// The largest relative L2 error of an output of the model that compiling measured, if it did.
    var measuredRelativeL2: Double? { standard.measuredRelativeL2 }

    /// What each step of the plan for the model's outputs and inputs of the given types is.
    func summary(_ types: [TensorType?]) throws -> [String] {
        try standard.summary(types)
    }

    func variant(_ inputs: [String: Value], _ outputs: [String]) throws -> Variant {
        let overridden =
            overridable.isEmpty ? [] : overridable.intersection(inputs.keys)
        if overridden.isEmpty, outputs == self.outputs { return standard }
        for name in outputs where name.isEmpty || !names.contains(name) {
            throw HingeError(.mismatch, "the model has no value '\(name)'")
        }
        let key = Key(outputs: outputs, overridden: overridden)
        let known = others.withLock { list in list.first { $0.key == key }?.variant }
        if let known { return known }
        let variant = try Variant(
            model, outputs: outputs, overridden: overridden, options: options)
        others.withLock { list in
            list.append((key, variant))
            if list.count > FastEngine.variantLimit { list.removeFirst() }
        }
        return variant
    }
}
