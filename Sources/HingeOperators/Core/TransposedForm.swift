import HingeGraph

/// How an operator does without a transposition of its inputs: another operator on the inputs as they were before it, whose
/// output 0 is transposed instead.
public struct TransposedForm: Sendable {
    /// The operator to use instead.
    public var operation: any Operator
    /// Which inputs are transposed, by position, all in the same way.
    ///
    /// Others are given as they are, or replaced by ``constants``.
    public var transposed: Set<Int>
    /// Inputs that take another value, by position.
    public var constants: [Int: Tensor]
    /// The transposition of output 0.
    public var output: Permutation

    /// Creates the form of an operator on transposed inputs.
    public init(
        _ operation: any Operator, transposed: Set<Int> = [0], constants: [Int: Tensor] = [:],
        output: Permutation
    ) {
        self.operation = operation
        self.transposed = transposed
        self.constants = constants
        self.output = output
    }

    /// Axes as an input: `int64[count]`.
    static func vector(_ axes: [Int]) -> Tensor { Tensor(axes.map { Int64($0) }) }
}
