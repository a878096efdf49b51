import HingeGraph
import HingeOperators

/// How an operator does without a transposition of its inputs: it computes on the inputs as they were,
/// perhaps along other axes, and its outputs are transposed instead.
struct TransposeRule {
    /// The operator to use instead.
    var `operator`: any Operator
    /// Which inputs are transposed, by position; the others (a slope, a shape) are given as they are or
    /// replaced by ``constants``.
    var transposed: Set<Int>
    /// Inputs that take another value, by position.
    var constants: [Int: Tensor] = [:]
    /// The transposition of the output.
    var output: Permutation
}

/// An operator that can compute along other axes.
///
/// Conformances stand in one place, `LayoutRules+Axes.swift`, since they say how operators commute with
/// transpositions and nothing about the operators themselves.
protocol AxisOperator: Operator {
    /// The rule for an input of the given rank that is transposed by `permutation`; `nil` when there is none.
    ///
    /// - Parameters:
    ///   - permutation: The transposition of input 0.
    ///   - constants: The inputs that are constants, by position.
    func rule(_ permutation: Permutation, constants: [Tensor?]) -> TransposeRule?
}

extension TransposeRule {
    /// The rule for an operator whose input is transposed; `nil` when there is none.
    static func find(
        _ current: any Operator, _ permutation: Permutation, constants: [Tensor?]
    ) -> TransposeRule? {
        switch current {
        case let current as any AxisOperator: current.rule(permutation, constants: constants)
        case let current as any ReductionOperator:
            reduction(current, permutation, constants: constants)
        case let current as any AxisActivation: activation(current, permutation)
        default: nil
        }
    }

    /// The operators that work on each element by itself, whatever the shape of input 0; their other
    /// inputs are scalars.
    static let elementwise: Set<String> = [
        "Abs", "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "BitwiseNot", "Cast", "Ceil",
        "Celu", "Clip", "Cos", "Cosh", "Dropout", "Elu", "Erf", "Exp", "Floor", "Gelu",
        "HardSigmoid", "HardSwish", "Identity", "IsInf", "IsNaN", "LeakyRelu", "Log", "Mish", "Neg",
        "Not", "Reciprocal", "Relu", "Round", "Selu", "Shrink", "Sigmoid", "Sign", "Sin", "Sinh",
        "Softplus", "Softsign", "Sqrt", "Swish", "Tan", "Tanh", "ThresholdedRelu",
    ]

    /// The operators whose inputs all broadcast.
    static let broadcasting: Set<String> = [
        "Add", "And", "BitwiseAnd", "BitwiseOr", "BitwiseXor", "Div", "Equal", "Greater",
        "GreaterOrEqual", "Less", "LessOrEqual", "Max", "Mean", "Min", "Mod", "Mul", "Or", "PRelu",
        "Pow", "Sub", "Sum", "Where", "Xor",
    ]
}
