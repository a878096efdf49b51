import HingeGraph

@testable import HingeOperators

extension GradientCase {
    /// Operators that map each element.
    static let activations: [GradientCase] =
        ([
            Relu(), LeakyRelu(alpha: 0.2), Elu(alpha: 1.5), Celu(alpha: 1.5), Selu(), Sigmoid(),
            Tanh(), Softplus(), Softsign(), HardSigmoid(), ThresholdedRelu(alpha: 0.3),
            Shrink(bias: 0.1, lambda: 0.6), HardSwish(), Mish(), Swish(alpha: 1.3), Gelu(),
            Gelu(approximation: .tanh), Clip(minimum: -1, maximum: 0.7), Clip(minimum: -0.3),
            Abs(), Asinh(), Atan(), Cos(), Sin(), Cosh(), Sinh(), Erf(), Exp(), Neg(),
            Softmax(), Softmax(axis: 0), LogSoftmax(), LogSoftmax(axis: 1), Identity(),
        ] as [any Operator]).map { GradientCase($0, [Point.any(2, 3, 2)]) } + [
            GradientCase(Acos(), [Point.between(-0.9, 0.9, 6)]),
            GradientCase(Asin(), [Point.between(-0.9, 0.9, 6)]),
            GradientCase(Atanh(), [Point.between(-0.8, 0.8, 6)]),
            GradientCase(Tan(), [Point.between(-1, 1, 6)]),
            GradientCase(Acosh(), [Point.between(1.3, 3, 6)]),
            GradientCase(Log(), [Point.positive(6)]),
            GradientCase(Sqrt(), [Point.positive(6)]),
            GradientCase(Reciprocal(), [Point.positive(6)]),
            GradientCase(HardSwish(), [Point.between(-4, 4, 8)], named: "beyond its bounds"),
            GradientCase(HardSigmoid(), [Point.between(-4, 4, 8)], named: "beyond its bounds"),
            GradientCase(PRelu(), [Point.any(2, 3, 2), Point.positive(3, 1)]),
            GradientCase(
                channelSlopes, [Point.any(2, 3, 2), Point.positive(3)], named: "channel slopes",
                open: false),
            GradientCase(SwiGLU(alpha: 1.2), [Point.any(2, 3), Point.positive(2, 3)]),
            GradientCase(
                Clip(), [Point.any(7), Tensor(scalar: -0.9), Tensor(scalar: 0.8)],
                named: "bounds that are inputs"),
            GradientCase(
                Clip(), [Point.any(7), Tensor(scalar: 0.9), Tensor(scalar: 0.35)],
                named: "bounds that cross"),
            GradientCase(
                Clip(), [Point.any(7), nil, Tensor(scalar: 0.8)], named: "a maximum"),
            GradientCase(flattened, [Point.any(2, 3, 2)], named: "of all from an axis on"),
            GradientCase(
                "Cast", OperatorID(domain: "", type: "Cast"), [Point.any(5)], tolerance: 1e-2
            ) {
                graph, x in
                let narrow = try graph.append(Cast(to: .float32), x[0])
                return [try graph.append(Mul(), graph.append(Cast(to: .float64), narrow), x[0])]
            },
            GradientCase(
                CastLike(), [Point.any(5), Tensor([Float(1)])], doubled: false, tolerance: 1e-2),
        ]

    private static let channelSlopes: PRelu = {
        var operation = PRelu()
        operation.hasChannelSlopes = true
        return operation
    }()

    private static let flattened: Softmax = {
        var operation = Softmax(axis: 1)
        operation.isFlattened = true
        return operation
    }()

    /// Operators of several inputs that broadcast.
    static let arithmetic: [GradientCase] =
        ([Add(), Sub(), Mul(), Max(), Min(), Mean(), Sum()] as [any Operator]).flatMap {
            operation in
            [
                GradientCase(operation, [Point.any(2, 3), Point.between(-1.1, 1.6, 2, 3)]),
                GradientCase(
                    operation, [Point.any(2, 1, 3), Point.between(-1.1, 1.6, 4, 1)],
                    named: "broadcast"),
                GradientCase(
                    operation, [Point.any(2, 3), Tensor(scalar: 0.41)], named: "a scalar"),
            ]
        } + [
            GradientCase(
                Max(), [Point.any(2, 3), Point.between(-1.1, 1.6, 3), Point.between(-1, 1, 2, 1)],
                named: "of three"),
            GradientCase(Div(), [Point.any(2, 3), Point.positive(2, 3)]),
            GradientCase(Div(), [Point.any(3), Point.positive(2, 1)], named: "broadcast"),
            GradientCase(Pow(), [Point.positive(2, 3), Point.any(2, 3)]),
            GradientCase(Pow(), [Point.positive(3), Point.any(2, 1)], named: "broadcast"),
            GradientCase(
                Pow(), [Point.any(4), Tensor([3, 2, 1, 0] as [Int64])], named: "whole powers"),
            GradientCase(
                along(Add(), 1), [Point.any(2, 3, 2), Point.any(3)], named: "from axis 1"),
            GradientCase(
                Mod(isTruncated: true), [Point.between(-5, 5, 6), Point.positive(6)]),
            GradientCase(
                Mod(isTruncated: false), [Point.between(-5, 5, 6), Point.positive(6)],
                named: "floored"),
            GradientCase(
                Where(),
                [
                    Tensor([true, false, true], shape: [3]), Point.any(2, 3),
                    Point.between(-1, 1, 2, 1),
                ]),
        ]

    private static func along<Function: BroadcastingOperator>(
        _ function: Function, _ axis: Int
    ) -> Function {
        var function = function
        function.legacy = LegacyBroadcast(isOn: true, axis: axis)
        return function
    }

    /// Operators that combine elements along axes.
    static let reductions: [GradientCase] =
        ([
            ReduceSum.self, ReduceMean.self, ReduceSumSquare.self, ReduceL1.self, ReduceL2.self,
            ReduceLogSum.self, ReduceLogSumExp.self, ReduceMax.self, ReduceMin.self,
            ReduceProd.self,
        ] as [any ReductionOperator.Type]).flatMap(reductions)
        + [
            GradientCase(
                ReduceProd(axes: [1]), [Tensor([0, 2, 3, 1, 0, 0.5] as [Double], shape: [2, 3])],
                named: "with factors of 0", open: false, doubled: false),
            GradientCase(TopK(k: 2), [Point.any(2, 5)]),
            GradientCase(
                TopK(k: 2, axis: 0, isLargest: false), [Point.any(3, 2)], named: "smallest"),
        ]
        + [false, true].flatMap { isExclusive in
            [false, true].flatMap { isReversed in
                [
                    GradientCase(
                        CumSum(axis: 1, isExclusive: isExclusive, isReversed: isReversed),
                        [Point.any(2, 3, 2)], named: "\(isExclusive), \(isReversed)"),
                    GradientCase(
                        CumProd(axis: 1, isExclusive: isExclusive, isReversed: isReversed),
                        [Point.any(2, 3, 2)], named: "\(isExclusive), \(isReversed)"),
                ]
            }
        }

    private static func reductions(_ type: any ReductionOperator.Type) -> [GradientCase] {
        let x = Point.positive(2, 3, 2)
        func make(_ axes: [Int]?, _ keeps: Bool, _ isIdentity: Bool = false) -> any Operator {
            type.init(axes: axes, keepsDimensions: keeps, isIdentityWithoutAxes: isIdentity)
        }
        return [
            GradientCase(make([1], true), [x], named: "along one axis"),
            GradientCase(make([0, -1], false), [x], named: "along two axes, removed"),
            GradientCase(make(nil, false), [x], named: "of all"),
            GradientCase(make(nil, false, true), [x], named: "of nothing"),
        ]
    }
}
