import HingeOperators

/// The rules by which operators are written as Keras layers.
///
/// A rule is made known by one line here.
enum RuleRegistry {
    private static let families = [
        activations, arithmetic, comparisons, functions, windows, normalizations, products,
        recurrent, reductions, shapes,
    ]

    private static let activations: [any OperatorRule] = [
        CeluRule(), EluRule(), GeluRule(), HardmaxRule(), HardSigmoidRule(), HardSwishRule(),
        LeakyReluRule(),
        LogSoftmaxRule(), PReluRule(), ReluRule(), SeluRule(), ShrinkRule(), SoftmaxRule(),
        SwishRule(), ThresholdedReluRule(),
        NamedActivationRule(Mish.self, .mish), NamedActivationRule(Sigmoid.self, .sigmoid),
        NamedActivationRule(Softplus.self, .softplus),
        NamedActivationRule(Softsign.self, .softsign), NamedActivationRule(Tanh.self, .tanh),
    ]

    private static let arithmetic: [any OperatorRule] = [
        BroadcastRule(Add.self, "Add", layer: AddLayer()),
        BroadcastRule(Mul.self, "Multiply", layer: MultiplyLayer()),
        BroadcastRule(Sub.self, "Subtract", layer: SubtractLayer()),
        VariadicRule(Max.self, "Maximum", layer: MaximumLayer()),
        VariadicRule(Mean.self, "Add", layer: AverageLayer(), isMean: true),
        VariadicRule(Min.self, "Minimum", layer: MinimumLayer()),
        VariadicRule(Sum.self, "Add", layer: AddLayer()),
        CastRule(), ClipRule(), CumSumRule(), DivRule(), ModRule(), PowRule(), WhereRule(),
    ]

    private static let comparisons: [any OperatorRule] = [
        BroadcastRule(And.self, "LogicalAnd"), BroadcastRule(Equal.self, "Equal"),
        BroadcastRule(Greater.self, "Greater"),
        BroadcastRule(GreaterOrEqual.self, "GreaterEqual"), BroadcastRule(Less.self, "Less"),
        BroadcastRule(LessOrEqual.self, "LessEqual"), BroadcastRule(Or.self, "LogicalOr"),
        BroadcastRule(Xor.self, "LogicalXor"),
        UnaryRule(IsNaN.self, .numpy("Isnan")), UnaryRule(Not.self, .numpy("LogicalNot")),
        IsInfRule(),
    ]

    private static let functions: [any OperatorRule] = [
        UnaryRule(Abs.self, .numpy("Absolute")), UnaryRule(Acos.self, .numpy("Arccos")),
        UnaryRule(Acosh.self, .numpy("Arccosh")), UnaryRule(Asin.self, .numpy("Arcsin")),
        UnaryRule(Asinh.self, .numpy("Arcsinh")), UnaryRule(Atan.self, .numpy("Arctan")),
        UnaryRule(Atanh.self, .numpy("Arctanh")), UnaryRule(Ceil.self, .numpy("Ceil")),
        UnaryRule(Cos.self, .numpy("Cos")), UnaryRule(Cosh.self, .numpy("Cosh")),
        UnaryRule(Erf.self, .math("Erf")), UnaryRule(Exp.self, .numpy("Exp")),
        UnaryRule(Floor.self, .numpy("Floor")), UnaryRule(Log.self, .numpy("Log")),
        UnaryRule(Neg.self, .numpy("Negative")),
        UnaryRule(Reciprocal.self, .numpy("Reciprocal")),
        UnaryRule(Round.self, .numpy("Round"), [("decimals", 0)]),
        UnaryRule(Sign.self, .numpy("Sign")), UnaryRule(Sin.self, .numpy("Sin")),
        UnaryRule(Sinh.self, .numpy("Sinh")), UnaryRule(Sqrt.self, .numpy("Sqrt")),
        UnaryRule(Tan.self, .numpy("Tan")),
    ]

    private static let windows: [any OperatorRule] = [
        AveragePoolRule(), ConvRule(), ConvTransposeRule(), DepthToSpaceRule(),
        GlobalAveragePoolRule(), GlobalLpPoolRule(), GlobalMaxPoolRule(), LpPoolRule(),
        MaxPoolRule(), ResizeRule(), SpaceToDepthRule(),
    ]

    private static let normalizations: [any OperatorRule] = [
        BatchNormalizationRule(), GroupNormalizationRule(), InstanceNormalizationRule(),
        LayerNormalizationRule(), LpNormalizationRule(), LRNRule(),
        MeanVarianceNormalizationRule(), RMSNormalizationRule(),
    ]

    private static let products: [any OperatorRule] = [EinsumRule(), GemmRule(), MatMulRule()]

    private static let reductions: [any OperatorRule] = [
        ArgMaxRule(), ArgMinRule(), TopKRule(),
        ReductionRule(ReduceL1.self, .numpy("Sum"), before: "Absolute"),
        ReductionRule(ReduceL2.self, .numpy("Sum"), before: "Square", after: "Sqrt"),
        ReductionRule(ReduceLogSum.self, .numpy("Sum"), after: "Log"),
        ReductionRule(ReduceLogSumExp.self, .math("Logsumexp")),
        ReductionRule(ReduceMax.self, .numpy("Max")),
        ReductionRule(ReduceMean.self, .numpy("Mean")),
        ReductionRule(ReduceMin.self, .numpy("Min")),
        ReductionRule(ReduceProd.self, .numpy("Prod")),
        ReductionRule(ReduceSum.self, .numpy("Sum")),
        ReductionRule(ReduceSumSquare.self, .numpy("Sum"), before: "Square"),
    ]

    private static let shapes: [any OperatorRule] = [
        ConcatRule(), ExpandRule(), FlattenRule(), GatherElementsRule(), GatherNDRule(),
        GatherRule(), OneHotRule(), ScatterElementsRule(), ScatterNDRule(),
        PadRule(), ReshapeRule(), SliceRule(), SplitRule(), SqueezeRule(), TileRule(),
        TransposeRule(), TriluRule(), UnsqueezeRule(), DropoutRule(), IdentityRule(),
    ]

    /// The rules, by the operators that they write.
    static let rules: [OperatorID: any OperatorRule] = Dictionary(
        uniqueKeysWithValues: families.joined().map { ($0.id, $0) })
}

extension OperatorRule {
    /// The operator that the rule writes.
    fileprivate var id: OperatorID { OperatorID(domain: Source.domain, type: Source.type) }
}
