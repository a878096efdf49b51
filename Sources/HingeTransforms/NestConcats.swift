import HingeGraph
import HingeOperators
import HingeProgram

/// Lets a `Concat` begin with the result of another whose inputs are its own first ones.
///
/// Networks that join all that they have computed so far, again with each layer, then copy what comes new only, where the
/// joined values are one row in memory: all extents in front of the axis must be 1.
public struct NestConcats: Pass {
    /// The name of the pass.
    public static let name = "nest-concats"

    /// Creates the pass.
    public init() {}

    /// What each of its rules needs.
    public var anchors: [any Operator.Type]? { [Concat.self] }

    /// Runs the pass.
    public func run(_ program: inout Program) throws -> Bool {
        try program.edit { editor in
            var known: [Beginning: [Row]] = [:]
            for id in editor.ids {
                guard let row = Row(id, editor), row.inputs.count > 1 else { continue }
                let beginning = Beginning(
                    axis: row.axis, first: row.inputs[0], second: row.inputs[1])
                let earlier = known[beginning, default: []]
                known[beginning, default: []].append(row)
                guard
                    let longest = earlier.suffix(Row.memory)
                        .filter({
                            $0.inputs.count < row.inputs.count && row.inputs.starts(with: $0.inputs)
                        })
                        .max(by: { $0.inputs.count < $1.inputs.count })
                else { continue }
                try editor.replace(
                    [id], with: Concat(axis: row.axis),
                    inputs: [longest.output] + row.inputs.dropFirst(longest.inputs.count))
            }
        }
    }
}

/// The axis and the first two inputs of a `Concat`.
private struct Beginning: Hashable {
    let axis: Int
    let first: Program.SlotID
    let second: Program.SlotID
}

/// A `Concat` whose inputs stand one after the other in its result.
private struct Row {
    let axis: Int
    let inputs: [Program.SlotID]
    let output: Program.SlotID

    /// How many with the same beginning are remembered.
    static let memory = 64

    init?(_ id: Program.StepID, _ editor: ProgramEditor) {
        guard let (step, concat) = editor.match(id, as: Concat.self),
            let output = step.outputs.first ?? nil, let shape = editor.shape(output),
            let axis = try? InferenceContext.axis(concat.axis, rank: shape.rank),
            shape.dimensions.prefix(axis).allSatisfy({ $0 == 1 })
        else { return nil }
        let inputs = step.inputs.compactMap { $0 }
        guard inputs.count == step.inputs.count else { return nil }
        self.axis = axis
        self.inputs = inputs
        self.output = output
    }
}
