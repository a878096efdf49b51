import HingeGraph
import HingeOperators
import Testing

@testable import HingeKeras

@Suite struct WindowRuleTests {
    private static let toLast = #"Permute {"dims": [2, 3, 1]}"#
    private static let toFirst = #"Permute {"dims": [3, 1, 2]}"#

    private static func conv(
        _ operator: Conv, _ weights: [Int], _ shape: Shape, _ layers: String...
    ) -> RuleCase {
        RuleCase(name: "\(`operator`)", shape: shape, layers: [toLast] + layers + [toFirst]) {
            graph, x in
            let w = graph.constant(numbers(weights))
            let b = graph.constant(numbers([weights[0]]))
            return try graph.append(`operator`, x, w, b)
        }
    }

    private static func pool(
        _ operator: any Operator, _ shape: Shape, _ layers: String...
    ) -> RuleCase {
        RuleCase(name: "\(`operator`)", shape: shape, layers: [toLast] + layers + [toFirst]) {
            graph, x in try graph.append(`operator`, x)
        }
    }

    static let cases: [RuleCase] = [
        conv(
            Conv(), [4, 3, 3, 3], ["N", 3, 7, 8],
            #"Conv2D {"filters": 4, "kernel_size": [3, 3], "data_format": "channels_last"}"#),
        conv(
            Conv(padding: .explicit([1, 1, 1, 1])), [4, 3, 3, 3], ["N", 3, 7, 8],
            #"Conv2D {"filters": 4, "kernel_size": [3, 3], "padding": "same", "data_format": "channels_last"}"#
        ),
        conv(
            Conv(strides: [2, 2], padding: .explicit([1, 1, 1, 1])), [4, 3, 3, 3], ["N", 3, 8, 8],
            #"ZeroPadding2D {"padding": [[1, 1], [1, 1]], "data_format": "channels_last"}"#,
            #"Conv2D {"filters": 4, "kernel_size": [3, 3], "strides": [2, 2], "data_format": "channels_last"}"#
        ),
        conv(
            Conv(padding: .explicit([0, 1, 2, 0])), [4, 3, 3, 3], ["N", 3, 7, 8],
            #"ZeroPadding2D {"padding": [[0, 2], [1, 0]], "data_format": "channels_last"}"#,
            #"Conv2D {"filters": 4, "kernel_size": [3, 3], "data_format": "channels_last"}"#),
        conv(
            Conv(strides: [2, 2], padding: .sameLower), [4, 3, 3, 3], ["N", 3, 8, 8],
            #"ZeroPadding2D {"padding": [[1, 0], [1, 0]], "data_format": "channels_last"}"#,
            #"Conv2D {"filters": 4, "kernel_size": [3, 3], "strides": [2, 2], "data_format": "channels_last"}"#
        ),
        conv(
            Conv(padding: .none, dilations: [2, 1]), [4, 3, 2, 2], ["N", 3, 7, 8],
            #"Conv2D {"filters": 4, "kernel_size": [2, 2], "dilation_rate": [2, 1], "data_format": "channels_last"}"#
        ),
        // Keras has either strides or dilation.
        conv(
            Conv(strides: [2, 2], dilations: [2, 1]), [4, 3, 2, 2], ["N", 3, 7, 8],
            #"Conv2D {"filters": 4, "kernel_size": [3, 2], "strides": [2, 2], "data_format": "channels_last"}"#
        ),
        conv(
            Conv(group: 2), [4, 2, 3, 3], ["N", 4, 7, 8],
            #"Conv2D {"filters": 4, "kernel_size": [3, 3], "data_format": "channels_last", "groups": 2}"#
        ),
        conv(
            Conv(group: 3), [6, 1, 3, 3], ["N", 3, 7, 8],
            #"DepthwiseConv2D {"kernel_size": [3, 3], "data_format": "channels_last", "depth_multiplier": 2}"#
        ),
        pool(
            MaxPool(kernel: [2, 2], strides: [2, 2]), ["N", 3, 6, 8],
            #"MaxPooling2D {"pool_size": [2, 2], "strides": [2, 2], "data_format": "channels_last"}"#
        ),
        pool(
            MaxPool(kernel: [3, 3], strides: [2, 2], padding: .explicit([1, 1, 1, 1])),
            ["N", 3, 8, 8],
            #"numpy.Pad {"pad_width": [[0, 0], [1, 1], [1, 1], [0, 0]], "mode": "constant"}(x)"#,
            #"MaxPooling2D {"pool_size": [3, 3], "strides": [2, 2], "data_format": "channels_last"}"#
        ),
        pool(
            AveragePool(kernel: [2, 2], strides: [2, 2]), ["N", 3, 6, 8],
            #"AveragePooling2D {"pool_size": [2, 2], "strides": [2, 2], "data_format": "channels_last"}"#
        ),
        pool(
            AveragePool(
                kernel: [3, 3], strides: [2, 2], padding: .explicit([1, 1, 1, 1]),
                countsPadding: true), ["N", 3, 8, 8],
            #"ZeroPadding2D {"padding": [[1, 1], [1, 1]], "data_format": "channels_last"}"#,
            #"AveragePooling2D {"pool_size": [3, 3], "strides": [2, 2], "data_format": "channels_last"}"#
        ),
        pool(
            GlobalAveragePool(), ["N", 3, 6, 8],
            #"GlobalAveragePooling2D {"data_format": "channels_last", "keepdims": true}"#),
        pool(
            GlobalMaxPool(), ["N", 3, 6, 8],
            #"GlobalMaxPooling2D {"data_format": "channels_last", "keepdims": true}"#),
        pool(
            Resize(.nearest, .asymmetric, rounding: .floor, scales: [1, 1, 2, 3]), ["N", 3, 4, 5],
            #"UpSampling2D {"size": [2, 3], "data_format": "channels_last", "interpolation": "nearest"}"#
        ),
        pool(
            Resize(.linear, .halfPixel, scales: [1, 1, 2, 2]), ["N", 3, 4, 5],
            #"UpSampling2D {"size": [2, 2], "data_format": "channels_last", "interpolation": "bilinear"}"#
        ),
    ]

    @Test(arguments: cases)
    func writes(_ rule: RuleCase) throws {
        #expect(try layers(rule.model()) == rule.layers)
    }

    /// Sums of up to 54 products of random numbers round differently in another order.
    @Test(arguments: cases)
    func computesTheSame(_ rule: RuleCase) throws {
        let model = try rule.model()
        #expect(try difference(rewritten(model, .archive), model) <= 1e-5)
    }

    /// Windows of which the layers aren't stated one by one: what they compute is what counts.
    @Test(arguments: [
        pool(
            MaxPool(kernel: [3, 3], strides: [2, 2], roundsUp: true), ["N", 3, 8, 7]),
        pool(
            AveragePool(kernel: [3, 3], strides: [2, 2], padding: .explicit([1, 1, 1, 1])),
            ["N", 3, 8, 8]),
        pool(
            AveragePool(
                kernel: [3, 2], strides: [2, 2], padding: .explicit([1, 0, 1, 1]), roundsUp: true,
                countsPadding: true), ["N", 2, 8, 8]),
        pool(
            AveragePool(
                kernel: [3, 3], strides: [2, 2], padding: .explicit([1, 1, 0, 0]), roundsUp: true),
            ["N", 2, 8, 9]),
        pool(DepthToSpace(blockSize: 2, order: .depthFirst), ["N", 8, 2, 3]),
        pool(DepthToSpace(blockSize: 2, order: .depthLast), ["N", 8, 2, 3]),
        pool(SpaceToDepth(blockSize: 2), ["N", 3, 4, 6]),
        pool(ReduceMean(axes: [2, 3]), ["N", 4, 3, 5]),
    ])
    func computesTheSameInOtherLayers(_ rule: RuleCase) throws {
        let model = try rule.model()
        #expect(try difference(rewritten(model, .archive), model) <= 1e-5)
    }

    /// Transposed convolutions with every kind of border.
    @Test(arguments: [
        ConvTranspose(strides: [2, 2]),
        ConvTranspose(strides: [2, 2], padding: .explicit([1, 1, 1, 1])),
        ConvTranspose(
            strides: [2, 2], padding: .explicit([1, 1, 1, 1]), outputPadding: [1, 1]),
        ConvTranspose(strides: [3, 3], outputPadding: [1, 2]),
        ConvTranspose(strides: [2, 2], padding: .sameUpper),
        ConvTranspose(strides: [2, 2], padding: .sameLower),
        ConvTranspose(dilations: [2, 1]),
        ConvTranspose(strides: [2, 1], outputShape: [10, 6]),
        ConvTranspose(strides: [2, 2], group: 2),
    ])
    func writesTransposedConvolutions(_ convolution: ConvTranspose) throws {
        let maps = 6 / convolution.group
        let original = try model(["N", 4, 5, 4]) { graph, x in
            let w = graph.constant(numbers([4, maps, 3, 3]))
            return try graph.append(convolution, x, w, graph.constant(numbers([6])))
        }
        #expect(try difference(rewritten(original, .archive), original) <= 1e-5)
    }
}
