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

    /// The steps so far that compute something of the same inputs, no two of them the same.
    ///
    /// Few steps share all their inputs, and hashing an operator takes time: the first of them is known by its operator
    /// only when there is a second.
    private struct Alike {
        let first: Program.StepID
        private var byOperation: [AnyHashable: Program.StepID] = [:]

        init(_ first: Program.StepID) { self.first = first }

        /// The step that computes what `operation` does; it is `id` from now on where there was none.
        mutating func find(
            _ operation: any Operator, else id: Program.StepID, _ editor: ProgramEditor
        ) -> Program.StepID? {
            if byOperation.isEmpty, let operation = editor.operator(first) {
                byOperation[AnyHashable(operation)] = first
            }
            let key = AnyHashable(operation)
            if let other = byOperation[key] { return other }
            byOperation[key] = id
            return nil
        }
    }

    /// Runs the pass.
    public func run(_ program: inout Program) throws -> Bool {
        try program.edit { editor in
            var known: [Key: Alike] = [:]
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
            let ids = editor.ids
            known.reserveCapacity(ids.count)
            for id in ids {
                guard let step = editor.step(id), step.operation.isDeterministic,
                    step.bodies.isEmpty, !step.inputs.isEmpty
                else { continue }
                let key = Key(inputs: step.inputs.map(same), outputCount: step.outputs.count)
                guard known[key] != nil else {
                    known[key] = Alike(id)
                    continue
                }
                guard let other = known[key]?.find(step.operation, else: id, editor),
                    !step.outputs.contains(where: { editor.isOutput($0) })
                else { continue }
                editor.merge(id, into: other)
            }
        }
    }
}
