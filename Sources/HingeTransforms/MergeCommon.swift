import HingeGraph
import HingeOperators
import HingeProgram

/// Merges steps that compute the same of the same values.
///
/// Rules:
/// 1. A step of a deterministic operator without bodies whose operator equals that of an earlier step, and whose inputs
///    are the same slots, goes; what used its outputs uses those of the earlier step.
/// 2. Constants of at most ``limit`` elements that are equal, bit by bit, count as the same slot.
/// 3. A step that gives an output of the program stays.
public struct MergeCommon: Pass {
    /// The name of the pass.
    public static let name = "merge-common"

    /// The largest number of elements of a constant that is compared with others.
    public static let limit = 1024

    /// Creates the pass.
    public init() {}

    /// What a step computes its outputs from.
    private struct Key: Hashable {
        let inputs: [Program.SlotID?]
        let outputCount: Int
    }

    /// Runs the pass.
    public func run(_ program: inout Program) throws -> Bool {
        try program.edit { editor in
            // Few steps share all their inputs: their operators are compared one by one.
            var known: [Key: [Program.StepID]] = [:]
            var constants: [Tensor: Program.SlotID] = [:]
            var canonical: [Program.SlotID: Program.SlotID] = [:]
            func same(_ slot: Program.SlotID?) -> Program.SlotID? {
                guard let slot else { return nil }
                if let known = canonical[slot] { return known }
                guard let constant = editor.constant(slot), constant.count <= Self.limit else {
                    return slot
                }
                let first = constants[constant] ?? slot
                constants[constant] = first
                canonical[slot] = first
                return first
            }
            for id in editor.ids {
                guard let step = editor.step(id), step.operation.isDeterministic,
                    step.bodies.isEmpty, !step.inputs.isEmpty
                else { continue }
                let key = Key(inputs: step.inputs.map(same), outputCount: step.outputs.count)
                guard let other = known[key]?.first(where: { isSame(step, $0, editor) }) else {
                    known[key, default: []].append(id)
                    continue
                }
                guard !step.outputs.contains(where: { editor.isOutput($0) }) else { continue }
                editor.merge(id, into: other)
            }
        }
    }

    private func isSame(
        _ step: Program.Step, _ other: Program.StepID, _ editor: ProgramEditor
    ) -> Bool {
        guard let operation = editor.operator(other) else { return false }
        return AnyHashable(operation) == AnyHashable(step.operation)
    }
}
