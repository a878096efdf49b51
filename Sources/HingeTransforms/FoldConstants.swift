import HingeGraph
import HingeOperators
import HingeProgram

/// Computes what depends on constants only, and makes it a constant.
///
/// Rules:
/// 1. A step of a deterministic operator without bodies whose inputs are all constants becomes constants, `Constant`
///    included, if its outputs have at most ``limit`` elements or no more than its inputs.
/// 2. So does a step whose output is known though its inputs aren't: `Shape` of a value of known shape.
/// 3. `DequantizeLinear` stays: its input is a smaller form of the same weights.
/// 4. A step that gives an output of the program stays.
public struct FoldConstants: Pass {
    /// The name of the pass.
    public static let name = "fold-constants"

    /// The largest number of elements of an output that grows.
    public var limit: Int

    /// Creates the pass.
    public init(limit: Int = 1 << 16) {
        self.limit = limit
    }

    /// Runs the pass.
    public func run(_ program: inout Program) throws -> Bool {
        try program.inferConstants(limit: limit)
        return try program.edit { editor in
            for id in editor.ids {
                guard let step = editor.step(id), step.operation.isDeterministic,
                    step.bodies.isEmpty, !(step.operation is DequantizeLinear)
                else { continue }
                let slots = step.outputs.compactMap { $0 }
                guard !slots.isEmpty, !slots.contains(where: { editor.isOutput($0) }) else {
                    continue
                }
                let constants = slots.compactMap { slot in
                    editor.constant(slot).map { (slot, $0) }
                }
                guard constants.count == slots.count else { continue }
                editor.replace(
                    id, withConstants: Dictionary(constants) { first, _ in first })
            }
        }
    }
}
