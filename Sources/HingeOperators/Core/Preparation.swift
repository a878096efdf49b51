import HingeGraph

/// What an operator does, bound to what is known of its inputs before any run.
///
/// It may rely on the inputs having the types that it was prepared for, and on those that were constants being the same.
/// Several threads may run it at the same time.
public typealias Kernel = @Sendable (inout EvaluationContext) throws -> Void

/// What an operator knows when it prepares a kernel: the types of all inputs, and what some of them hold.
public struct PreparationContext: Sendable {
    /// What is known of an input.
    public enum Input: Sendable {
        case absent
        case tensor(KnownTensor)
        /// A sequence, an optional or the like.
        case other

        /// What is known of an input that is the same in every run.
        public init(_ value: Value?) {
            guard let value else {
                self = .absent
                return
            }
            self = value.tensor.map { .tensor(KnownTensor($0)) } ?? .other
        }
    }

    /// The inputs.
    public var inputs: [Input]
    /// The number of outputs that the node names.
    public let outputCount: Int

    /// Creates a context.
    public init(inputs: [Input], outputCount: Int = 1) {
        self.inputs = inputs
        self.outputCount = outputCount
    }

    /// Creates the context of an evaluation, in which all inputs are known.
    public init(_ context: EvaluationContext) {
        inputs = context.inputs.map { Input($0) }
        outputCount = context.outputCount
    }

    /// Whether the input at `index` is given.
    public func has(_ index: Int) -> Bool {
        if index < inputs.count, case .absent = inputs[index] { return false }
        return index < inputs.count
    }

    /// Whether the node names the output at `index`.
    public func wants(_ index: Int) -> Bool { index < outputCount }

    /// What is known of the tensor that is the input at `index`.
    ///
    /// - Throws: ``HingeError`` when it is absent or isn't a tensor.
    public func input(_ index: Int) throws -> KnownTensor {
        guard let tensor = try optionalInput(index) else {
            throw HingeError(.mismatch, "expected input \(index), found none")
        }
        return tensor
    }

    /// What is known of the tensor that is the input at `index`, or `nil` when it is absent.
    ///
    /// - Throws: ``HingeError`` when it isn't a tensor.
    public func optionalInput(_ index: Int) throws -> KnownTensor? {
        guard index < inputs.count else { return nil }
        switch inputs[index] {
        case .absent: return nil
        case .other:
            throw HingeError(.mismatch, "expected a tensor as input \(index), found another value")
        case .tensor(let tensor):
            // Nothing else bounds what is walked over in a tensor without elements.
            if tensor.shape.contains(0) { try MemoryLimit.check(tensor.dataType, tensor.shape) }
            return tensor
        }
    }

    /// A kernel that depends on what some inputs hold: made once where they are constants, else anew in each run.
    ///
    /// - Parameters:
    ///   - operands: The positions of these inputs.
    ///   - make: Makes the kernel, given a context that has these inputs.
    func kernel(
        knowing operands: Range<Int>,
        _ make: @escaping @Sendable (EvaluationContext) throws -> Kernel
    ) throws -> Kernel {
        let isKnown = try operands.allSatisfy { index in
            try optionalInput(index) == nil || constant(index) != nil
        }
        guard isKnown else { return { context in try make(context)(&context) } }
        let constants = (0..<operands.upperBound).map { index in
            operands.contains(index) ? constant(index).map { Value.tensor($0) } : nil
        }
        return try make(EvaluationContext(inputs: constants))
    }

    /// The tensor that is the input at `index` in every run, if that is known.
    public func constant(_ index: Int) -> Tensor? {
        if index < inputs.count, case .tensor(let tensor) = inputs[index] {
            tensor.constant
        } else {
            nil
        }
    }
}

/// What is known of a tensor before any run.
public struct KnownTensor: Sendable {
    /// The element type.
    public let dataType: DataType
    /// The extent of each dimension.
    public var shape: [Int]
    /// The tensor itself, if it is the same in every run.
    public let constant: Tensor?

    /// Creates a description of a tensor of which only the type is known.
    public init(_ dataType: DataType, _ shape: [Int]) {
        self.dataType = dataType
        self.shape = shape
        constant = nil
    }

    /// Creates a description of a tensor that is the same in every run.
    public init(_ tensor: Tensor) {
        dataType = tensor.dataType
        shape = tensor.shape
        constant = tensor
    }

    /// The number of dimensions.
    public var rank: Int { shape.count }

    /// The error for an element type that an operator doesn't compute with.
    func notSupported(as role: String = "input 0") -> HingeError { dataType.notSupported(as: role) }
}

extension DataType {
    /// The error for an element type that an operator doesn't compute with.
    func notSupported(as role: String = "input 0") -> HingeError {
        HingeError(.mismatch, "\(role) of type \(self) is not one the operator computes with")
    }
}

/// An operator that evaluates by preparing a kernel and running it.
///
/// It gives ``Operator/prepare(_:)``; its evaluation is the kernel for inputs that are all known.
public protocol PreparedOperator: Operator {}

public extension PreparedOperator {
    func evaluate(_ context: inout EvaluationContext) throws {
        guard let kernel = try prepare(PreparationContext(context)) else {
            throw HingeError(.internalError, "\(id) can't be prepared, though its inputs are known")
        }
        try kernel(&context)
    }
}
