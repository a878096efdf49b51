import HingeGraph
import HingeOperators
import HingeTransforms

/// Makes inputs for a model, the same for the same seed.
///
/// Inputs are what the model's operators need (``HingeOperators/Operator/inputNeeds(_:_:)``), followed back to the
/// inputs: indices lie within what they index, lengths within the sequence, arguments where a function is defined, and
/// some elements beyond each bound that the model holds numbers to. Other floating-point inputs are normally
/// distributed, other integers small.
///
/// Unknown extents are chosen such that the model runs: 2 for the batch and 8 for others where that works, dimensions of one
/// name alike.
public struct InputGenerator: Sendable {
    /// The seed.
    public var seed: UInt64
    /// The extents of named dimensions, where the caller chooses them.
    public var extents: [String: Int]
    /// The shapes of inputs, by name, where the caller chooses them.
    public var shapes: [String: [Int]]

    /// Creates a generator.
    public init(seed: UInt64 = 0, extents: [String: Int] = [:], shapes: [String: [Int]] = [:]) {
        self.seed = seed
        self.extents = extents
        self.shapes = shapes
    }

    /// Inputs for a model, by name.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - given: Inputs that the caller gives, which are returned with the others; their extents hold for the
    ///     dimensions that they name.
    /// - Throws: ``HingeError`` when a shape was chosen for an input that the model doesn't have or doesn't fit it, and
    ///   when an input can't be made up: of unknown rank and without a chosen shape, or of an opaque type.
    public func inputs(
        for model: Model, given: [String: Value] = [:]
    ) throws -> [String: Value] {
        try checkNames(model, given)
        var plain = model
        _ = try InlineFunctions().run(&plain)
        var shapes = shapes
        for (name, value) in given { shapes[name] = value.tensor?.shape }
        let known = plain.graph.inputs.filter {
            if case .tensor? = $0.type {
                $0.type?.shape != nil || shapes[$0.name] != nil
            } else {
                false
            }
        }
        let choice = try ExtentChoice(
            plain,
            inputs: known.filter { info in
                shapes[info.name] != nil
                    || plain.graph.requiredInputs.contains { $0.name == info.name }
            }, named: extents, shapes: shapes)
        let needs = choice.inferred.map { InputNeeds(plain.graph, $0) }
        var inputs = given
        var scalable: Set<String> = []
        for (position, info) in model.graph.requiredInputs.enumerated()
        where given[info.name] == nil {
            let need = needs?[info.name] ?? ElementNeeds()
            if need.isOpen, info.type?.dataType?.isFloatingPoint == true {
                scalable.insert(info.name)
            }
            try withContext(.value(info.name)) {
                var maker = ValueMaker(
                    generator: SeededGenerator(seed: seed &+ UInt64(position) &* 0x9E37),
                    needs: need, named: choice.named)
                inputs[info.name] = try maker.value(
                    info.type, extents: choice.shapes[info.name])
            }
        }
        guard let needs else { return inputs }
        return BoundReach(needs, plain.graph).extending(inputs, of: plain, scalable: scalable)
    }

    /// Checks that what was chosen and given fits a model, as ``inputs(for:given:)`` does.
    package func validate(for model: Model, given: [String: Value] = [:]) throws {
        try checkNames(model, given)
        var shapes = shapes
        for (name, value) in given { shapes[name] = value.tensor?.shape }
        try ExtentChoice.check(model.graph.inputs, named: extents, shapes: shapes)
    }

    private func checkNames(_ model: Model, _ given: [String: Value]) throws {
        let names = model.graph.inputs.map(\.name)
        let known = names.map { "'\($0)'" }.joined(separator: ", ")
        for name in shapes.keys.sorted() + given.keys.sorted() where !names.contains(name) {
            throw HingeError(
                .usage,
                "the model has no input '\(name)'; it has \(known.isEmpty ? "none" : known)")
        }
        for name in shapes.keys.sorted() where given[name] != nil {
            throw HingeError(.usage, "both a shape and a value are given for input '\(name)'")
        }
        let symbols = Set(
            model.graph.inputs.flatMap { $0.type?.shape?.dimensions ?? [] }.compactMap {
                if case .symbolic(let name) = $0 { name } else { nil }
            })
        for name in extents.keys.sorted() where !symbols.contains(name) {
            throw HingeError(.usage, "no input of the model has a dimension '\(name)'")
        }
    }
}
