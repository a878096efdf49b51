import HingeGraph

@testable import HingeOperators

extension GradientCase {
    /// Operators of neural networks.
    static let networks: [GradientCase] =
        products + convolutions + pools + normalizations + attention + furtherAttention + losses

    private static let products: [GradientCase] =
        [
            GradientCase(MatMul(), [Point.any(2, 3), Point.any(3, 4)]),
            GradientCase(MatMul(), [Point.any(2, 2, 3), Point.any(3, 2)], named: "batched"),
            GradientCase(MatMul(), [Point.any(1, 2, 3), Point.any(2, 3, 2)], named: "broadcast"),
            GradientCase(MatMul(), [Point.any(3), Point.any(3, 2)], named: "row"),
            GradientCase(MatMul(), [Point.any(2, 2, 3), Point.any(3)], named: "column"),
            GradientCase(MatMul(), [Point.any(3), Point.any(3)], named: "vectors"),
        ]
        + [(false, false), (false, true), (true, false), (true, true)].map { a, b in
            GradientCase(
                Gemm(alpha: 0.5, beta: 2, transposesA: a, transposesB: b),
                [
                    a ? Point.any(3, 2) : Point.any(2, 3), b ? Point.any(4, 3) : Point.any(3, 4),
                    Point.any(4),
                ], named: "\(a), \(b)")
        }

    private static let convolutions: [GradientCase] = [
        GradientCase(Conv(), [Point.any(2, 2, 5), Point.any(3, 2, 2), Point.any(3)]),
        GradientCase(
            Conv(strides: [2, 1], padding: .explicit([1, 0, 0, 2]), dilations: [1, 2]),
            [Point.any(1, 2, 4, 5), Point.any(2, 2, 2, 2)], named: "strides, pads, dilations"),
        GradientCase(
            Conv(strides: [2], padding: .explicit([1, 1]), group: 2),
            [Point.any(2, 4, 6), Point.any(4, 2, 3), Point.any(4)], named: "groups"),
        GradientCase(
            Conv(group: 3), [Point.any(2, 3, 4), Point.any(6, 1, 2)], named: "depthwise"),
        GradientCase(
            Conv(strides: [2, 2], padding: .sameUpper),
            [Point.any(1, 1, 4, 5), Point.any(2, 1, 3, 2)], named: "same", open: false),
        GradientCase(
            Conv(strides: [3], padding: .sameLower), [Point.any(1, 1, 7), Point.any(1, 1, 2)],
            named: "same, lower", open: false),
        GradientCase(
            Conv(strides: [5], padding: .explicit([3, 3])),
            [Point.any(1, 1, 2), Point.any(1, 1, 1)],
            named: "only padding under some windows"),
        GradientCase(
            Conv(), [Point.any(1, 1, 2, 3, 2), Point.any(1, 1, 2, 2, 1)], named: "three dimensions"),
        GradientCase(ConvTranspose(), [Point.any(2, 2, 3), Point.any(2, 3, 2), Point.any(3)]),
        GradientCase(
            ConvTranspose(
                strides: [2, 3], padding: .explicit([1, 0, 0, 1]), dilations: [2, 1],
                outputPadding: [1, 2]),
            [Point.any(1, 2, 2, 3), Point.any(2, 1, 2, 3)], named: "strides, pads, dilations"),
        GradientCase(
            ConvTranspose(strides: [2], group: 2), [Point.any(2, 4, 3), Point.any(4, 2, 3)],
            named: "groups"),
        GradientCase(
            ConvTranspose(strides: [2], padding: .sameUpper),
            [Point.any(1, 1, 3), Point.any(1, 1, 3)], named: "same", open: false),
        GradientCase(
            ConvTranspose(strides: [2], outputShape: [6]),
            [Point.any(1, 1, 3), Point.any(1, 1, 3)],
            named: "an output's shape", open: false),
        GradientCase.single(
            CausalConvWithState(activation: .silu),
            [
                Point.any(1, 2, 4), Point.any(2, 1, 3),
                Point.any(2), Point.any(1, 2, 2),
            ], outputs: [0, 1], open: false),
    ]

    private static let window = SpatialWindow(
        kernel: [2, 3], strides: [2, 2], dilations: [1, 1], padding: .explicit([1, 1, 0, 1]))
    private static let image = Point.any(2, 2, 4, 5)

    private static func rounded(_ window: SpatialWindow) -> SpatialWindow {
        var window = window
        window.roundsUp = true
        return window
    }

    private static let pools: [GradientCase] = [
        GradientCase(MaxPool(window: window), [image]),
        GradientCase(MaxPool(window: rounded(window)), [image], named: "rounded up"),
        GradientCase(
            MaxPool(kernel: [2, 2], padding: .sameUpper), [image], named: "same"),
        GradientCase(AveragePool(window: window), [image]),
        GradientCase(
            AveragePool(window: window, countsPadding: true), [image], named: "counting padding"),
        GradientCase(
            AveragePool(window: rounded(window), countsPadding: true), [image],
            named: "counting padding, rounded up", open: false),
        GradientCase(
            AveragePool(window: rounded(window)), [image], named: "rounded up", open: false),
        GradientCase(
            AveragePool(kernel: [3, 2], strides: [2, 2], padding: .sameLower), [image],
            named: "same", open: false),
        GradientCase(
            AveragePool(kernel: [2, 2], dilations: [2, 1]), [image], named: "dilations"),
        GradientCase(LpPool(window: window), [image]),
        GradientCase(LpPool(window: window, p: 3), [image], named: "3"),
        GradientCase(LpPool(window: window, p: 1), [image], named: "1"),
        GradientCase(GlobalAveragePool(), [image]),
        GradientCase(GlobalMaxPool(), [image]),
        GradientCase(GlobalLpPool(), [image]),
        GradientCase(GlobalLpPool(p: 3), [image], named: "3"),
    ]

    private static let channels = [Point.positive(2), Point.any(2)]

    private static let normalizations: [GradientCase] = [
        GradientCase(
            BatchNormalization(), [image] + channels + [Point.any(2), Point.positive(2)]),
        GradientCase(
            BatchNormalization(isTraining: true),
            [image] + channels + [Point.any(2), Point.positive(2)], outputs: [0, 1, 2],
            named: "training"),
        GradientCase(InstanceNormalization(), [image] + channels),
        GradientCase(LayerNormalization(), [Point.any(2, 4), Point.positive(4), Point.any(4)]),
        GradientCase(
            LayerNormalization(axis: 1), [Point.any(2, 3, 2), Point.positive(3, 2)],
            named: "two axes"),
        GradientCase(
            GroupNormalization(groupCount: 2),
            [Point.any(2, 4, 3), Point.positive(4), Point.any(4)]),
        GradientCase(RMSNormalization(), [Point.any(2, 4), Point.positive(4)]),
        GradientCase(MeanVarianceNormalization(), [image]),
        GradientCase(LpNormalization(), [Point.any(2, 4)]),
        GradientCase(LpNormalization(axis: 0, p: 1), [Point.any(2, 4)], named: "1"),
        GradientCase(
            LRN(size: 3, alpha: 0.3, beta: 0.6, bias: 1.2), [Point.any(2, 4, 2)], open: false),
        GradientCase(LRN(size: 2, alpha: 0.3), [Point.any(1, 3, 2, 2)], named: "even", open: false),
    ]

    private static let attention: [GradientCase] = [
        GradientCase(
            Attention(),
            [
                Point.any(1, 2, 3, 2), Point.between(-1, 1, 1, 2, 4, 2),
                Point.between(-1, 1.4, 1, 2, 4, 3),
            ], open: false),
        GradientCase(
            Attention(queryHeadCount: 2, keyHeadCount: 1, isCausal: true),
            [Point.any(1, 3, 4), Point.any(1, 3, 2), Point.between(-1, 1, 1, 3, 2)],
            named: "causal, flat", open: false),
        GradientCase.single(
            RotaryEmbedding(),
            [Point.any(1, 2, 3, 4), Point.any(1, 3, 2), Point.between(-1, 1, 1, 3, 2)],
            open: false),
    ]

    /// Query, key and value, with a key and a value for two heads of the query.
    private static let sharedHeads: [Tensor?] = [
        Point.any(1, 2, 3, 2), Point.between(-1, 1, 1, 1, 4, 2),
        Point.between(-1, 1.4, 1, 1, 4, 3),
    ]

    private static let furtherAttention: [GradientCase] =
        [
            GradientCase(FlexAttention(), sharedHeads, open: false),
            GradientCase(
                "FlexAttention, bodies", FlexAttention().id, sharedHeads + [Point.positive(1)],
                open: false
            ) { graph, x in
                let scores = try graph.body { body in
                    let score = body.input("score", .float64, [1, 2, 3, 4])
                    body.output(
                        try body.append(Mul(), body.append(Tanh(), score), x[3]))
                }
                let probabilities = try graph.body { body in
                    let probability = body.input("probability", .float64, [1, 2, 3, 4])
                    body.output(try body.append(Sqrt(), probability))
                }
                return try graph.append(
                    FlexAttention(changesScores: true, changesProbabilities: true),
                    Array(x.prefix(3)), outputCount: 1,
                    bodies: ["score_mod": scores, "prob_mod": probabilities])
            },
        ]
        + LinearAttention.UpdateRule.allCases.map { rule in
            GradientCase.single(
                LinearAttention(queryHeadCount: 2, keyHeadCount: 1, updateRule: rule),
                [
                    Point.any(1, 3, 4), Point.between(-0.6, 0.7, 1, 3, 2),
                    Point.between(-1, 1, 1, 3, 3), Point.any(1, 1, 2, 3),
                    rule.isGated ? Point.between(-1, -0.1, 1, 3, 1) : nil,
                    rule.isDelta ? Point.between(0.1, 0.9, 1, 3, 1) : nil,
                ], outputs: [0, 1], named: "\(rule)", open: false)
        }

    private static let losses: [GradientCase] = [
        GradientCase(
            NegativeLogLikelihoodLoss(), [Point.any(3, 4), indices([1, 0, 3], 3)]),
        GradientCase(
            NegativeLogLikelihoodLoss(reduction: .none),
            [Point.any(2, 3, 2), indices([1, 0, 2, 2], 2, 2)], named: "each"),
        GradientCase(
            NegativeLogLikelihoodLoss(reduction: .sum, ignoredClass: 1),
            [Point.any(3, 4), indices([1, 0, 3], 3), Point.positive(4)], named: "weighted, sum"),
        GradientCase(
            SoftmaxCrossEntropyLoss(),
            [Point.any(3, 4), indices([1, 0, 3], 3), Point.positive(4)],
            outputs: [0, 1]),
        GradientCase(
            SoftmaxCrossEntropyLoss(ignoredClass: -1),
            [Point.any(3, 4), indices([1, -1, 3], 3)], named: "an ignored class"),
    ]
}
