import HingeGraph
import HingeOperators

@testable import HingeRuntime

/// Appends random steps to a graph under construction.
struct RandomGraphMaker {
    typealias Operand = GraphBuilder.Operand

    var builder = GraphBuilder()
    /// The values so far: the input, then what steps gave.
    private(set) var values: [Operand]
    private let dataType: DataType
    /// The values that were joined last, and along which axis.
    private var joined: (axis: Int, parts: [Operand])?

    /// Whether numbers will have few bits.
    private let isRough: Bool

    init(_ dataType: DataType, _ shape: [Int], isRough: Bool) {
        self.dataType = dataType
        self.isRough = isRough || dataType == .float16 || dataType == .bfloat16
        values = []
        values = [builder.input("x", dataType, Shape(shape))]
    }

    private var isFloat: Bool { isLowered || dataType == .float64 }

    /// Whether products of the type are oneDNN's.
    private var isLowered: Bool { [.float32, .float16, .bfloat16].contains(dataType) }

    /// Appends a step; appends nothing, or throws, when what is chosen doesn't fit.
    mutating func step(_ random: inout SeededGenerator) throws {
        let x = value(&random)
        let kind = random.pick(0...9)
        switch kind {
        case 0, 1: try isLowered ? convolution(x, &random) : binary(x, &random)
        case 2, 3: try binary(x, &random)
        case 4: try unary(x, &random)
        case 5: try window(x, &random)
        case 6: try view(x, &random)
        case 7: try movement(x, &random)
        case 8: try isLowered ? product(x, &random) : scatter(x, &random)
        default: try scatter(x, &random)
        }
    }

    /// A value, more likely one of the last.
    private func value(_ random: inout SeededGenerator) -> Operand {
        let back = min(random.pick(0...3), random.pick(0...6))
        return values[values.count - 1 - back % values.count]
    }

    private func shape(_ value: Operand) -> [Int] {
        builder.type(of: value)?.shape?.extents ?? []
    }

    /// A value of the same shape: often the same one.
    private func partner(_ x: Operand, _ random: inout SeededGenerator) -> Operand {
        let same = values.filter { shape($0) == shape(x) }
        return random.isLikely(0.3) ? x : random.pick(same)
    }

    private mutating func add(_ operation: any Operator, _ inputs: [Operand]) throws {
        values.append(try builder.append(operation, inputs, outputCount: 1)[0])
    }

    private mutating func numbers(
        _ shape: [Int], _ random: inout SeededGenerator, scale: Double = 1
    ) throws -> Operand {
        let tensor = HingeRuntimeTests.random(shape, seed: random.next(), scale: scale)
        return builder.constant(try tensor.converted(to: dataType))
    }
}

// MARK: - Sums of products

extension RandomGraphMaker {
    private mutating func convolution(_ x: Operand, _ random: inout SeededGenerator) throws {
        let input = shape(x)
        guard input.count == 4 else { return try binary(x, &random) }
        let channels = input[1]
        let isDeep = random.isLikely(0.25)
        let divisors = (1...channels).filter { channels.isMultiple(of: $0) }
        let group = isDeep ? channels : random.isLikely(0.2) ? random.pick(divisors) : 1
        // Mostly as many as there are, so that what comes out can be added to what went in.
        let maps =
            random.isLikely(0.75) ? channels : group * max(1, random.pick(1...16) / group)
        let kernel = random.pick(channels > 16 ? [1, 1, 3] : [1, 1, 3, 3, 5, 7])
        let terms = channels / group * kernel * kernel
        let w = try numbers(
            [maps, channels / group, kernel, kernel], &random,
            scale: 1 / Double(terms).squareRoot())
        let padding = Padding.explicit([Int](repeating: kernel / 2, count: 4))
        var inputs = [x, w]
        if random.isLikely(0.5) { inputs.append(try numbers([maps], &random)) }
        try add(Conv(padding: padding, group: group), inputs)
        // Exporters write a sum or a function right behind.
        if random.isLikely(0.6) {
            let y = values[values.count - 1]
            try random.isLikely(0.5) ? binary(y, &random) : unary(y, &random)
        }
    }

    private mutating func product(_ x: Operand, _ random: inout SeededGenerator) throws {
        let input = shape(x)
        guard input.count >= 2, let inner = input.last else { return }
        let columns = random.isLikely(0.7) ? inner : random.pick(1...9)
        let scale = 1 / Double(inner).squareRoot()
        switch (input.count, random.pick(0...3)) {
        case (2, 0):
            let isTransposed = random.isLikely(0.5)
            let w = try numbers(
                isTransposed ? [columns, inner] : [inner, columns], &random, scale: scale)
            let c = columns == inner && random.isLikely(0.5) ? x : try numbers([columns], &random)
            try add(Gemm(transposesB: isTransposed), [x, w, c])
        case (_, 1) where inner == input[input.count - 2]:
            try add(MatMul(), [x, partner(x, &random)])
        default:
            try add(MatMul(), [x, numbers([inner, columns], &random, scale: scale)])
        }
        if random.isLikely(0.6) {
            let y = values[values.count - 1]
            try random.isLikely(0.5) ? binary(y, &random) : unary(y, &random)
        }
    }
}

// MARK: - Elementwise

extension RandomGraphMaker {
    private mutating func binary(_ x: Operand, _ random: inout SeededGenerator) throws {
        let shape = shape(x)
        var other = partner(x, &random)
        if random.isLikely(0.2) {
            // Something that broadcasts.
            var smaller = shape
            for axis in smaller.indices where random.isLikely(0.6) { smaller[axis] = 1 }
            other = try numbers(smaller, &random)
        }
        let inputs = random.isLikely(0.5) ? [x, other] : [other, x]
        let all: [any Operator] = [Add(), Add(), Add(), Sub(), Mul(), Max(), Min(), Sum()]
        let floats: [any Operator] = [Mean(), SwiGLU(), PRelu(), Pow(), Div()]
        let integers: [any Operator] = [BitwiseAnd(), BitwiseOr(), BitwiseXor()]
        let operation = random.pick(all + (isFloat ? floats : integers))
        switch operation {
        case is SwiGLU: try add(operation, [x, partner(x, &random)])
        case is PRelu: try add(operation, [x, other])
        case is Pow: try add(operation, [x, builder.constant(Tensor([2 as Int64], shape: []))])
        case is Div:
            let exponential = try builder.append(Softplus(), other)
            let one = builder.constant(try Tensor(filledWith: 1, dataType, shape: []))
            try add(Div(), [x, builder.append(Add(), exponential, one)])
        case is Sum, is Mean, is Max, is Min:
            try add(operation, inputs + (random.isLikely(0.4) ? [partner(x, &random)] : []))
        default:
            if random.isLikely(0.15) {
                let count = shape.reduce(1, *)
                let flags = (0..<count).map { _ in random.isLikely(0.5) }
                return try add(Where(), [builder.constant(Tensor(flags, shape: shape))] + inputs)
            }
            try add(operation, inputs)
        }
    }

    private mutating func unary(_ x: Operand, _ random: inout SeededGenerator) throws {
        let rank = shape(x).count
        let all: [any Operator] = [Relu(), Relu(), Abs(), Neg(), Sign()]
        let floats: [any Operator] = [
            Clip(minimum: -0.5, maximum: 1), Clip(minimum: 0, maximum: 6), LeakyRelu(alpha: 0.2),
            Sigmoid(), Tanh(), HardSigmoid(), HardSwish(), Swish(), Gelu(),
            Gelu(approximation: .tanh), Elu(alpha: 0.7), Selu(), Celu(), Softplus(), Mish(),
            Softsign(), Softmax(axis: random.pick(0...max(0, rank - 1))),
            LogSoftmax(axis: random.pick(0...max(0, rank - 1))), Erf(), Sin(),
        ]
        // What jumps is not for values that rounding makes differ.
        let exact: [any Operator] = [
            ThresholdedRelu(alpha: 0.3), Shrink(bias: 0.1, lambda: 0.2), Round(), Floor(),
        ]
        let operation = random.pick(
            !isFloat ? all : isLowered ? all.dropLast() + floats : floats + exact)
        if random.isLikely(0.1), rank > 0 {
            let axis = builder.constant(Tensor([Int64(random.pick(0...rank - 1))], shape: []))
            return try add(
                CumSum(
                    isExclusive: random.isLikely(0.5), isReversed: random.isLikely(0.5)),
                [x, axis])
        }
        // x · f(x), which may be one step.
        let y = try builder.append(operation, x)
        values.append(y)
        if random.isLikely(0.2) { try add(Mul(), [x, y]) }
    }
}

// MARK: - Moving

extension RandomGraphMaker {
    private mutating func window(_ x: Operand, _ random: inout SeededGenerator) throws {
        let input = shape(x)
        guard isFloat, input.count == 4 else { return try view(x, &random) }
        let padding = Padding.explicit([1, 1, 1, 1])
        switch random.pick(0...4) {
        case 0: try add(MaxPool(kernel: [3, 3], padding: padding), [x])
        case 1: try add(AveragePool(kernel: [3, 3], padding: padding), [x])
        case 2:
            // One number for each channel, to gate the others.
            try add(GlobalAveragePool(), [x])
            try add(Mul(), [x, values[values.count - 1]])
        case 3:
            let mean = try numbers([input[1]], &random)
            let shift = try numbers([input[1]], &random)
            let scale = try numbers([input[1]], &random)
            let variance = builder.constant(
                try Tensor(filledWith: 1.5, dataType, shape: [input[1]]))
            try add(BatchNormalization(), [x, scale, shift, mean, variance])
        default:
            let row = [input[3]]
            // Dividing by what is left of a difference would make much of how half precision rounds it.
            let epsilon: Float = isRough ? 1 : 1e-5
            try add(
                LayerNormalization(epsilon: epsilon),
                [x, numbers(row, &random), numbers(row, &random)])
        }
    }

    private mutating func view(_ x: Operand, _ random: inout SeededGenerator) throws {
        let input = shape(x)
        let count = input.reduce(1, *)
        switch random.pick(0...6) {
        case 0: try add(Reshape(shape: [count / (input.last ?? 1), input.last ?? 1]), [x])
        case 1: try add(Flatten(axis: input.isEmpty ? 0 : 1), [x])
        case 2: try add(Identity(), [x])
        case 3: try add(Reshape(shape: [count]), [x])
        case 4:
            guard input.count < 4 else { return try add(Dropout(), [x]) }
            let like = random.pick(values.filter { shape($0).reduce(1, *) == count })
            try add(Reshape(shape: shape(like)), [x])
        default:
            var order = Array(input.indices)
            order.shuffle(using: &random)
            try add(Transpose(order), [x])
        }
    }

    private mutating func movement(_ x: Operand, _ random: inout SeededGenerator) throws {
        let input = shape(x)
        guard !input.isEmpty else { return }
        let axis = random.pick(0...input.count - 1)
        if random.isLikely(0.5), input[axis] <= 64 { return try join(x, axis, &random) }
        let half = input[axis] / 2
        guard half > 0 else { return try view(x, &random) }
        values += try builder.append(
            Split(axis: axis, sizes: [half, input[axis] - half]), [x], outputCount: 2)
    }

    /// Puts values one after the other, often behind those that were joined last.
    private mutating func join(
        _ x: Operand, _ axis: Int, _ random: inout SeededGenerator
    ) throws {
        func rest(_ value: Operand) -> [Int] {
            var shape = shape(value)
            if axis < shape.count { shape[axis] = 0 }
            return shape
        }
        var parts = [x]
        if let (known, operands) = joined, known == axis, rest(operands[0]) == rest(x),
            operands.count < 5, random.isLikely(0.7)
        {
            parts = operands + parts
        }
        let mates = values.filter { rest($0) == rest(x) }
        for _ in 0..<random.pick(1...2) { parts.append(random.pick(mates)) }
        joined = (axis, parts)
        try add(Concat(axis: axis), parts)
    }

    private mutating func scatter(_ x: Operand, _ random: inout SeededGenerator) throws {
        let input = shape(x)
        guard !input.isEmpty, !input.contains(0) else { return }
        let updates = random.isLikely(0.7) ? partner(x, &random) : try numbers(input, &random)
        let reductions: [ScatterReduction] = isFloat ? [.none, .add, .max, .min] : [.none, .add]
        let reduction = random.pick(reductions)
        if random.isLikely(0.5) {
            // Each row goes to another's place.
            var rows = (0..<input[0]).map { Int64($0) }
            rows.shuffle(using: &random)
            let indices = builder.constant(Tensor(rows, shape: [input[0], 1]))
            return try add(ScatterND(reduction: reduction), [x, indices, updates])
        }
        let axis = random.pick(0...input.count - 1)
        var places = (0..<input[axis]).map { Int64($0) }
        places.shuffle(using: &random)
        let inner = input[(axis + 1)...].reduce(1, *)
        let indices = (0..<input.reduce(1, *)).map { places[$0 / inner % input[axis]] }
        try add(
            ScatterElements(axis: axis, reduction: reduction),
            [x, builder.constant(Tensor(indices, shape: input)), updates])
    }
}
