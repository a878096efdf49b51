import HingeGraph
import HingeOperators
import HingeProgram

/// The type of a tensor whose shape is known.
struct TensorType: Sendable, Hashable {
    let dataType: DataType
    let shape: [Int]

    /// The number of elements.
    var count: Int { Extent.product(of: shape) }
    /// The size in bytes.
    var byteCount: Int { dataType.byteCount(ofElements: count) ?? 0 }
}

extension Program {
    /// The type and shape of a slot that takes a tensor, if they are known altogether.
    func tensor(_ slot: SlotID) -> TensorType? {
        guard case .tensor(let dataType?, let shape?) = facts[slot].type,
            let extents = shape.extents, dataType != .string,
            (try? MemoryLimit.check(dataType, extents)) != nil
        else { return nil }
        return TensorType(dataType: dataType, shape: extents)
    }
}

extension InferenceOptions {
    /// How programs are inferred that are to run: nothing that a file only states is trusted, and what doesn't fit is
    /// said by the step that runs into it.
    static var running: InferenceOptions {
        var options = InferenceOptions()
        options.isLenient = true
        options.trustsFile = false
        options.constantLimit = 1 << 22
        options.computesLargeConstants = true
        return options
    }
}

extension ProgramOptions {
    /// How programs are made that are to run.
    static var running: ProgramOptions {
        var options = ProgramOptions()
        options.inlinesFunctions = true
        options.isStrict = true
        options.preparesConstants = true
        options.inference = .running
        return options
    }
}
