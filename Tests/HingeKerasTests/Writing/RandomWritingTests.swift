import HingeGraph
import HingeOperators
import Testing

@testable import HingeKeras

/// Small models of random operators, the same ones each time: what is written as `.keras`, and as `.h5` where layers can say
/// it, computes the same.
@Suite struct RandomWritingTests {
    @Test(arguments: RandomModel.Family.allCases, 0..<12)
    func computesTheSame(_ family: RandomModel.Family, _ seed: Int) throws {
        var random = RandomModel(family, seed)
        let original = try random.model()
        // Sums of up to a hundred products of random numbers, in another order.
        let tolerance = 2e-5
        #expect(
            try difference(rewritten(original, .archive), original) <= tolerance, "\(random.note)")
        do {
            let legacy = try rewritten(original, .legacyModel)
            #expect(try difference(legacy, original) <= tolerance, "\(random.note)")
        } catch let error as HingeError where error.code == .unsupported {
            #expect(!RandomModel.Family.layers.contains(family), "\(error)")
        }
    }
}

/// Makes models of one operator with random parameters.
struct RandomModel {
    /// What a model is made of.
    enum Family: String, CaseIterable, CustomTestStringConvertible, Sendable {
        case convolution, transposed, maxPool, averagePool, pad, slice, reduction, gather, resize
        case merging, division

        var testDescription: String { rawValue }

        /// Those that Keras has layers for, whatever their parameters.
        static let layers: Set<Family> = [.convolution]
    }

    private let family: Family
    private var state: UInt64
    /// The operator, for messages.
    private(set) var note = ""

    init(_ family: Family, _ seed: Int) {
        self.family = family
        let place = Family.allCases.firstIndex(of: family) ?? 0
        state = UInt64(place * 1000 + seed) &* 0x9E37_79B9_7F4A_7C15 &+ 1
    }

    mutating func model() throws -> Model {
        var graph = GraphBuilder()
        let result: GraphBuilder.Operand
        switch family {
        case .convolution: result = try convolution(&graph)
        case .transposed: result = try transposed(&graph)
        case .maxPool, .averagePool: result = try pool(&graph)
        case .pad: result = try pad(&graph)
        case .slice: result = try slice(&graph)
        case .reduction: result = try reduction(&graph)
        case .gather: result = try gather(&graph)
        case .resize: result = try resize(&graph)
        case .merging: result = try merging(&graph)
        case .division: result = try division(&graph)
        }
        graph.output(result, "y")
        return graph.model()
    }
}

// MARK: - Random numbers

extension RandomModel {
    /// A number of the range.
    private mutating func number(_ range: ClosedRange<Int>) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return range.lowerBound + Int((state >> 33) % UInt64(range.count))
    }

    private mutating func numbers(_ range: ClosedRange<Int>, _ count: Int) -> [Int] {
        (0..<count).map { _ in number(range) }
    }

    private mutating func pick<Item>(_ items: Item...) -> Item {
        items[number(0...items.count - 1)]
    }

    private mutating func coin() -> Bool { number(0...1) == 1 }

    private func weights(_ shape: [Int]) -> Tensor { HingeKerasTests.numbers(shape) }

    private mutating func padding(_ kernel: [Int]) -> Padding {
        let pads = (0..<2 * kernel.count).map { number(0...kernel[$0 % kernel.count] - 1) }
        return pick(.none, .valid, .sameUpper, .sameLower, .explicit(pads), .explicit(pads))
    }

    private mutating func input(_ graph: inout GraphBuilder, _ shape: [Int]) -> GraphBuilder.Operand
    {
        var dimensions = shape.map { Shape.Dimension.known($0) }
        if coin() { dimensions[0] = "N" }
        return graph.input("x", .float32, Shape(dimensions))
    }
}

// MARK: - Families

extension RandomModel {
    private mutating func convolution(_ graph: inout GraphBuilder) throws -> GraphBuilder.Operand {
        let rank = pick(1, 2, 2, 3)
        let group = pick(1, 1, 2, 3)
        let kernel = numbers(1...3, rank)
        let (channels, filters) = (group * number(1...2), group * number(1...2))
        let source = Conv(
            strides: numbers(1...3, rank), padding: padding(kernel),
            dilations: numbers(1...2, rank),
            group: group)
        note = "\(source)"
        let x = input(&graph, [2, channels] + numbers(6...8, rank))
        let w = graph.constant(weights([filters, channels / group] + kernel))
        let y = try graph.append(source, x, w, graph.constant(weights([filters])))
        return coin() ? try graph.append(Relu(), y) : y
    }

    private mutating func transposed(_ graph: inout GraphBuilder) throws -> GraphBuilder.Operand {
        let rank = pick(1, 2, 3)
        let group = pick(1, 1, 2)
        let kernel = numbers(1...3, rank)
        let strides = numbers(1...3, rank)
        let source = ConvTranspose(
            strides: strides, padding: padding(kernel), dilations: numbers(1...2, rank),
            group: group, outputPadding: coin() ? strides.map { number(0...$0 - 1) } : [])
        note = "\(source)"
        let x = input(&graph, [2, 2 * group] + numbers(3...5, rank))
        return try graph.append(source, x, graph.constant(weights([2 * group, 2] + kernel)))
    }

    private mutating func pool(_ graph: inout GraphBuilder) throws -> GraphBuilder.Operand {
        let rank = pick(1, 2, 2, 3)
        let kernel = numbers(1...3, rank)
        let strides = numbers(1...3, rank)
        let padding = padding(kernel)
        let roundsUp = coin()
        let x = input(&graph, [2, 2] + numbers(5...8, rank))
        let source: any Operator =
            family == .maxPool
            ? MaxPool(
                kernel: kernel, strides: strides, padding: padding,
                dilations: pick([], numbers(1...2, rank)), roundsUp: roundsUp)
            : AveragePool(
                kernel: kernel, strides: strides, padding: padding, roundsUp: roundsUp,
                countsPadding: coin())
        note = "\(source)"
        return try graph.append(source, coin() ? graph.append(Relu(), x) : x)
    }

    private mutating func pad(_ graph: inout GraphBuilder) throws -> GraphBuilder.Operand {
        let shape = numbers(4...5, number(2...4))
        let mode = pick(Pad.Mode.constant, .reflect, .edge, .wrap)
        let pads = numbers(-1...2, 2 * shape.count)
        let x = graph.input("x", .float32, Shape(shape))
        let value = graph.constant(Tensor(scalar: Float(number(-1...1))))
        note = "\(mode) \(pads)"
        let amounts = graph.constant(Tensor(pads.map { Int64($0) }))
        return mode == .constant
            ? try graph.append(Pad(mode), x, amounts, value)
            : try graph.append(Pad(mode), x, amounts)
    }

    private mutating func slice(_ graph: inout GraphBuilder) throws -> GraphBuilder.Operand {
        let shape = numbers(4...6, 3)
        let axes = pick([0], [1, 2], [-1], [2, 0])
        let steps = axes.map { _ in pick(1, 1, 2, -1, -2) }
        let starts = steps.map { $0 > 0 ? number(-6...2) : number(2...7) }
        let ends = steps.map { $0 > 0 ? pick(3, 9, Int.max, -1) : pick(0, -9, Int.min) }
        note = "\(axes) \(starts) \(ends) \(steps)"
        let x = graph.input("x", .float32, Shape(shape))
        return try graph.append(SliceOf(starts: starts, ends: ends, axes: axes, steps: steps), x)
    }

    private mutating func reduction(_ graph: inout GraphBuilder) throws -> GraphBuilder.Operand {
        let axes = pick([0], [1], [-1], [0, 2], [1, 2], [-1, -3])
        let keeps = coin()
        let source: any Operator = pick(
            ReduceSum(axes: axes, keepsDimensions: keeps),
            ReduceMean(axes: axes, keepsDimensions: keeps),
            ReduceMax(axes: axes, keepsDimensions: keeps),
            ReduceL2(axes: axes, keepsDimensions: keeps),
            ReduceLogSumExp(axes: axes, keepsDimensions: keeps),
            ArgMax(axis: axes[0], keepsDimensions: keeps, selectsLast: coin()),
            CumSum(axis: axes[0], isExclusive: coin(), isReversed: coin()))
        note = "\(source)"
        return try graph.append(source, graph.input("x", .float32, Shape(numbers(2...4, 3))))
    }

    private mutating func gather(_ graph: inout GraphBuilder) throws -> GraphBuilder.Operand {
        let axis = number(-3...2)
        let count = number(1...4)
        let indices = Tensor((0..<count).map { _ in Int64(number(-3...2)) })
        let x = graph.input("x", .float32, [3, 3, 3])
        note = "\(axis)"
        if coin() { return try graph.append(Gather(axis: axis), x, graph.constant(indices)) }
        let depth = number(1...3)
        let places = Tensor((0..<4 * depth).map { _ in Int64(number(-3...2)) }, shape: [4, depth])
        return try graph.append(GatherND(), x, graph.constant(places))
    }

    private mutating func resize(_ graph: inout GraphBuilder) throws -> GraphBuilder.Operand {
        let mode = pick(Resize.Mode.nearest, .linear, .cubic)
        let coordinates = pick(
            Resize.Coordinates.halfPixel, .asymmetric, .alignCorners, .pytorchHalfPixel)
        let rounding = pick(Resize.Rounding.floor, .ceil, .preferCeil, .preferFloor)
        var source = Resize(mode, coordinates, rounding: rounding)
        if coin() {
            source.scales = [1, 1] + (0..<2).map { _ in pick(1, 2, 3, 1.5, 0.6) }
        } else {
            source.sizes = [2, 2] + numbers(1...9, 2)
        }
        source.isAntialiased = mode != .nearest && coin()
        note = "\(source)"
        return try graph.append(
            source, graph.input("x", .float32, Shape([2, 2] + numbers(3...5, 2))))
    }

    private mutating func merging(_ graph: inout GraphBuilder) throws -> GraphBuilder.Operand {
        let x = graph.input("x", .float32, ["N", 3, 4])
        let shape = pick([4], [3, 1], [1, 3, 4], [1], [1, 1, 1], [3, 4], [2, 1, 1, 1])
        let other = graph.constant(weights(shape))
        let source: any Operator = pick(Add(), Sub(), Mul(), Max(), Min())
        note = "\(source) \(shape)"
        return coin() ? try graph.append(source, x, other) : try graph.append(source, other, x)
    }

    private mutating func division(_ graph: inout GraphBuilder) throws -> GraphBuilder.Operand {
        let type = pick(DataType.int32, .int64)
        let x = graph.input("x", type, ["N", 4])
        let cast = Cast(to: type)
        func constant(_ values: [Int]) throws -> GraphBuilder.Operand {
            graph.constant(
                try ConstantFolding.evaluate(cast, [Tensor(values.map { Int64($0) })]))
        }
        let scaled = try graph.append(Mul(), x, constant(numbers(-9...9, 4)))
        let moved = try graph.append(Add(), scaled, constant(numbers(-9...9, 4)))
        let divisors = try constant((0..<4).map { _ in pick(-3, -2, 2, 3, 5) })
        let source: any Operator = pick(Div(), Mod(), Mod(isTruncated: true))
        note = "\(source)"
        return try graph.append(source, moved, divisors)
    }
}
