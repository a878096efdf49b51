import HingeGraph
import HingeOperators
import Testing

@testable import HingeRuntime

@Suite("Convolutions of quantized numbers")
struct QuantizedConvolutionTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let name: String
        let input: [Int]
        let weights: [Int]
        var conv = Conv()
        var type = DataType.uint8
        var weightType = DataType.int8
        var weightBounds = -64...64
        var weightZero = 0
        var zero = 0
        var resultZero = 0
        var isPerChannel = true
        var hasBias = true
        var testDescription: String { name }
    }

    static let plain = [
        Case(name: "3×3", input: [2, 3, 9, 8], weights: [8, 3, 3, 3]),
        Case(
            name: "padding is the zero point", input: [1, 16, 9, 9], weights: [24, 16, 3, 3],
            conv: Conv(padding: .explicit([1, 1, 1, 1])), zero: 117, resultZero: 31),
        Case(
            name: "asymmetric padding and strides", input: [1, 4, 11, 10], weights: [16, 4, 3, 5],
            conv: Conv(strides: [2, 3], padding: .explicit([0, 1, 2, 3])), zero: 3, resultZero: 128),
        Case(
            name: "without padding, with a zero point", input: [1, 32, 7, 7],
            weights: [64, 32, 1, 1], zero: 200, resultZero: 7, hasBias: false),
        Case(
            name: "dilated", input: [1, 16, 12, 12], weights: [16, 16, 3, 3],
            conv: Conv(padding: .explicit([2, 2, 2, 2]), dilations: [2, 2]), zero: 9),
        Case(
            name: "grouped", input: [1, 12, 8, 8], weights: [24, 4, 3, 3],
            conv: Conv(padding: .explicit([1, 1, 1, 1]), group: 3), zero: 64),
        Case(
            name: "depthwise", input: [2, 24, 9, 9], weights: [24, 1, 3, 3],
            conv: Conv(padding: .explicit([1, 1, 1, 1]), group: 24), zero: 5, resultZero: 2),
        Case(
            name: "depthwise, strided", input: [1, 40, 10, 10], weights: [40, 1, 3, 3],
            conv: Conv(strides: [2, 2], padding: .explicit([1, 1, 1, 1]), group: 40)),
        Case(
            name: "one scale for all maps", input: [1, 8, 6, 6], weights: [8, 8, 3, 3],
            isPerChannel: false),
        Case(
            name: "signed", input: [1, 16, 8, 8], weights: [32, 16, 3, 3],
            conv: Conv(padding: .explicit([1, 1, 1, 1])), type: .int8, zero: -17, resultZero: 5),
        Case(
            name: "signed depthwise", input: [1, 24, 9, 9], weights: [24, 1, 3, 3],
            conv: Conv(padding: .explicit([1, 1, 1, 1]), group: 24), type: .int8, zero: 3),
        Case(
            name: "8-bit weights", input: [1, 16, 8, 8], weights: [32, 16, 3, 3],
            conv: Conv(padding: .explicit([1, 1, 1, 1])), weightBounds: -128...127, zero: 128),
        Case(
            name: "unsigned weights", input: [1, 16, 8, 8], weights: [32, 16, 3, 3],
            weightType: .uint8, weightBounds: 64...192, weightZero: 128, zero: 12),
        Case(
            name: "unsigned weights that fit into no signed ones", input: [1, 4, 8, 8],
            weights: [8, 4, 3, 3], weightType: .uint8, weightBounds: 0...255, weightZero: 3),
        Case(
            name: "1D", input: [2, 4, 20], weights: [8, 4, 5],
            conv: Conv(strides: [2], padding: .explicit([2, 2])), zero: 40),
        Case(
            name: "3D", input: [1, 2, 5, 6, 7], weights: [4, 2, 3, 3, 3],
            conv: Conv(padding: .explicit([1, 1, 1, 1, 1, 1])), zero: 40),
        Case(
            name: "many channels", input: [1, 512, 4, 4], weights: [64, 512, 3, 3],
            conv: Conv(padding: .explicit([1, 1, 1, 1])), weightBounds: -128...127, zero: 100,
            resultZero: 100),
    ]

    /// The constants of a case: `x` scale and zero point, weights with theirs, those of the result, the bias.
    private func constants(_ c: Case, seed: UInt64, extreme: Bool = false) -> [Tensor] {
        let maps = c.weights[0]
        let terms = c.weights.dropFirst().reduce(1, *)
        // Results that use most of the range.
        let scale = 0.02 / Float(terms).squareRoot()
        let extremes = extreme ? c.weightBounds.upperBound...c.weightBounds.upperBound : nil
        let zeros = [Int](repeating: c.weightZero, count: c.isPerChannel ? maps : 1)
        let values = [
            Tensor(scalar: 0.1 as Float), Quantized.tensor([c.zero], c.type, []),
            Quantized.integers(
                c.weights, c.weightType, seed: seed, in: extremes ?? c.weightBounds),
            Quantized.scales(c.isPerChannel ? maps : nil, around: scale, seed: seed + 1),
            Quantized.tensor(zeros, c.weightType, c.isPerChannel ? [maps] : []),
            Tensor(scalar: extreme ? 50 : 0.5 as Float),
            Quantized.tensor([c.resultZero], c.type, []),
        ]
        guard c.hasBias else { return values }
        return values + [
            Quantized.integers([maps], .int32, seed: seed + 2, in: -20_000...20_000)
        ]
    }

    @Test("QLinearConv", arguments: plain, [UInt64(1), 2, 3])
    func linear(_ c: Case, _ seed: UInt64) throws {
        try check(c, seed, extreme: false)
    }

    @Test("QLinearConv of the largest integers", arguments: plain)
    func extremes(_ c: Case) throws {
        try check(c, 4, extreme: true)
    }

    private func check(_ c: Case, _ seed: UInt64, extreme: Bool) throws {
        var builder = GraphBuilder()
        let x = builder.input("x", c.type, Shape(c.input))
        let constants = constants(c, seed: seed, extreme: extreme).map { builder.constant($0) }
        builder.output(
            try builder.append(
                QLinearConv(window: c.conv.window, group: c.conv.group), [x] + constants,
                outputCount: 1)[0], "y")
        let pair = try EnginePair(builder.model())
        let largest = c.type == .uint8 ? 255 : 127
        let bounds = extreme ? largest...largest : nil
        try pair.expectSameIntegers(
            ["x": Quantized.integers(c.input, c.type, seed: seed + 9, in: bounds)])
    }

    /// For signed numbers, oneDNN keeps sums of the weights behind them: in one layout they are other memory.
    @Test("The same weights for unsigned numbers and for signed ones", arguments: [false, true])
    func sharedWeights(_ signedFirst: Bool) throws {
        let c = Case(name: "", input: [1, 16, 8, 8], weights: [32, 16, 3, 3], isPerChannel: false)
        var builder = GraphBuilder()
        let weights = constants(c, seed: 1)[2...4].map { builder.constant($0) }
        var inputs: [String: Tensor] = [:]
        let types = signedFirst ? [DataType.int8, .uint8] : [.uint8, .int8]
        for (type, name) in zip(types, ["x", "y"]) {
            let x = builder.input(name, type, Shape(c.input))
            let scale = builder.constant(Tensor(scalar: 0.1 as Float))
            let zero = builder.constant(Quantized.tensor([0], type, []))
            let result = try builder.append(
                QLinearConv(window: c.conv.window, group: 1),
                [x, scale, zero] + weights + [scale, zero], outputCount: 1)[0]
            builder.output(result, "\(name) result")
            inputs[name] = Quantized.integers(c.input, type, seed: 2)
        }
        try EnginePair(builder.model()).expectSameIntegers(inputs)
    }

    @Test("Between DequantizeLinear and QuantizeLinear", arguments: plain)
    func between(_ c: Case) throws {
        var builder = GraphBuilder()
        let x = builder.input("x", c.type, Shape(c.input))
        let values = constants(c, seed: 5)
        let k = values.map { builder.constant($0) }
        let numbers = try builder.append(DequantizeLinear(), x, k[0], k[1])
        let weights = try builder.append(
            DequantizeLinear(axis: c.isPerChannel ? 0 : 1), k[2], k[3], k[4])
        var inputs = [numbers, weights]
        if c.hasBias {
            let scales = Tensor(
                try values[3].array(of: Float.self).map { $0 * 0.1 }, shape: values[3].shape)
            inputs.append(
                try builder.append(
                    DequantizeLinear(axis: 0), k[7], builder.constant(scales)))
        }
        let sum = try builder.append(c.conv, inputs, outputCount: 1)[0]
        let active = try builder.append(Relu(), sum)
        builder.output(try builder.append(QuantizeLinear(), active, k[5], k[6]), "y")
        let pair = try EnginePair(builder.model())
        try pair.expectSameIntegers(
            ["x": Quantized.integers(c.input, c.type, seed: 6)])
    }
}
