import HingeGraph

/// Recurrent operators as a `Scan` over the time steps, for each direction.
///
/// Letters: see ``RecurrentOperator``.
struct RecurrentExpansion {
    typealias Operand = GraphBuilder.Operand

    var graph = GraphBuilder()
    let type: DataType
    let hidden: Shape.Dimension
    private let batch: Shape.Dimension
    private let inputs: [Operand?]
    private let operation: any RecurrentOperator

    /// - Throws: ``HingeError`` with the code `unsupported` when too little is known of the inputs.
    init(_ operation: some RecurrentOperator, _ context: InferenceContext) throws {
        guard let type = context.dataType(0), let x = context.shape(0),
            let recurrence = context.shape(2), x.rank == 3, recurrence.rank == 3
        else {
            throw HingeError(
                .unsupported, "the types of input and weights must be known to differentiate this")
        }
        self.operation = operation
        self.type = type
        hidden = recurrence[2]
        batch = x[operation.isBatchFirst ? 0 : 1]
        var inputs: [Operand?] = []
        for (position, known) in context.inputs.enumerated() {
            let name = Expansion.input(position)
            let isAbsent = known == nil
            let shape = isAbsent ? [] : known?.type?.shape
            guard let shape else {
                throw HingeError(
                    .unsupported,
                    "the rank of input \(position) must be known to differentiate this")
            }
            let operand = graph.input(name, known?.type?.dataType ?? type, shape)
            inputs.append(isAbsent ? nil : operand)
        }
        self.inputs = inputs
    }

    /// An input, if there is one.
    func input(_ index: Int) -> Operand? { index < inputs.count ? inputs[index] : nil }

    private func required(_ index: Int) throws -> Operand {
        guard let input = input(index) else {
            throw HingeError(.mismatch, "expected input \(index), found none")
        }
        return input
    }

    /// The part of an input that belongs to one direction, `[D, …]`.
    mutating func part(_ index: Int, _ direction: Int) throws -> Operand? {
        guard let input = input(index) else { return nil }
        return try graph.append(
            Gather(axis: 0), input, graph.constant(Tensor(scalar: Int64(direction))))
    }

    /// The biases of the weights and those of the recurrence weights, each `[G·H]`.
    mutating func biases(_ direction: Int) throws -> [Operand]? {
        guard let both = try part(3, direction) else { return nil }
        return try graph.append(Split(axis: 0), [both], outputCount: 2)
    }

    /// Zeros for a state, `[N, H]`.
    private mutating func zeros(_ x: Operand, _ recurrence: Operand) throws -> Operand {
        let samples = try graph.append(ShapeOf(start: 1, end: 2), x)
        let units = try graph.append(ShapeOf(start: 1, end: 2), recurrence)
        let shape = try graph.append(Concat(axis: 0), samples, units)
        return try graph.append(
            ConstantOfShape(Tensor(filledWith: 0, type, shape: [1])), shape)
    }

    private mutating func swapped(_ operand: Operand) throws -> Operand {
        operation.isBatchFirst ? try graph.append(Transpose([1, 0, 2]), operand) : operand
    }

    /// Which time steps belong to each sequence, `[T, N, 1]`.
    private mutating func mask(_ x: Operand) throws -> Operand? {
        guard let lengths = input(4) else { return nil }
        let zero = graph.constant(Tensor(scalar: Int64(0)))
        let one = graph.constant(Tensor(scalar: Int64(1)))
        let time = try graph.append(
            Squeeze(axes: [0]), graph.append(ShapeOf(start: 0, end: 1), x))
        let steps = try graph.append(NumberRange(), zero, time, one)
        let wide = try graph.append(Cast(to: .int64), lengths)
        let isInside = try graph.append(
            Less(), graph.append(Unsqueeze(axes: [1]), steps),
            graph.append(Unsqueeze(axes: [0]), wide))
        return try graph.append(Unsqueeze(axes: [2]), isInside)
    }

    /// The graph.
    ///
    /// - Parameters:
    ///   - gateBias: What is added to the gates outside the loop, `[G·H]`, of one direction.
    ///   - outputCount: The number of outputs of the operator.
    ///   - cell: What one time step makes of the gates, `[N, G·H]` without the recurrence, and the states.
    mutating func expansion(
        outputCount: Int, gateBias: (inout RecurrentExpansion, Int) throws -> Operand?,
        recurrence: (inout RecurrentExpansion, Int) throws -> [Operand],
        cell: (inout GraphBuilder, Operand, [Operand], [Operand], Int) throws -> [Operand]
    ) throws -> Expansion {
        let x = try swapped(required(0))
        let mask = try mask(x)
        let stateInputs = Swift.type(of: operation).stateInputs
        let stateCount = stateInputs.count
        var sequences: [Operand] = []
        var last = [[Operand]](repeating: [], count: stateCount)
        for direction in 0..<operation.direction.count {
            guard let weights = try part(1, direction), let own = try part(2, direction) else {
                throw HingeError(.mismatch, "expected weights, found none")
            }
            var gates = try graph.append(
                MatMul(), x, graph.append(Transpose([1, 0]), weights))
            if let bias = try gateBias(&self, direction) {
                gates = try graph.append(Add(), gates, bias)
            }
            var states: [Operand] = []
            for index in stateInputs {
                guard let initial = input(index) else {
                    states.append(try zeros(x, own))
                    continue
                }
                states.append(
                    try graph.append(
                        Gather(axis: 0), swapped(initial),
                        graph.constant(Tensor(scalar: Int64(direction)))))
            }
            let captured = try recurrence(&self, direction)
            let isReversed =
                operation.direction == .reverse
                || operation.direction == .bidirectional && direction == 1
            let (type, batch, hidden) = (type, batch, hidden)
            let rows = graph.type(of: gates)?.shape?[2] ?? .unknown
            let body = try graph.body { inner in
                let old = states.map { _ in inner.input("state", type, [batch, hidden]) }
                let gates = inner.input("gates", type, [batch, rows])
                let isInside = mask.map { _ in inner.input("mask", .bool, [batch, 1]) }
                var new = try cell(&inner, gates, old, captured, direction)
                var output = new[0]
                if let isInside {
                    let zero = inner.constant(try Tensor(filledWith: 0, type, shape: []))
                    output = try inner.append(Where(), isInside, output, zero)
                    new = try zip(new, old).map {
                        try inner.append(Where(), isInside, $0, $1)
                    }
                }
                for state in new { inner.output(state) }
                inner.output(try inner.append(Identity(), output))
            }
            let way = Scan.Direction(isReversed: isReversed)
            let scan = Scan(
                stateCount: stateCount,
                scans: [Scan.Direction](repeating: way, count: mask == nil ? 1 : 2), stacks: [way])
            let results = try graph.append(
                scan, states + [gates] + (mask.map { [$0] } ?? []), outputCount: stateCount + 1,
                bodies: ["body": body])
            for index in 0..<stateCount {
                last[index].append(try graph.append(Unsqueeze(axes: [0]), results[index]))
            }
            sequences.append(
                try graph.append(Unsqueeze(axes: [1]), results[stateCount]))
        }
        var all = try graph.append(Concat(axis: 1), sequences, outputCount: 1)[0]
        if operation.isBatchFirst { all = try graph.append(Transpose([2, 0, 1, 3]), all) }
        var outputs = [all]
        for states in last {
            outputs.append(try swapped(graph.append(Concat(axis: 0), states, outputCount: 1)[0]))
        }
        for (index, output) in outputs.prefix(outputCount).enumerated() {
            graph.output(output, Expansion.output(index))
        }
        return Expansion(graph)
    }
}

extension RecurrentActivation {
    /// Appends the activation of a value that is first held between `−clip` and `clip`.
    func append(
        _ x: GraphBuilder.Operand, clip: Float?, _ type: DataType, _ graph: inout GraphBuilder
    ) throws -> GraphBuilder.Operand {
        var x = x
        func number(_ value: Float) throws -> GraphBuilder.Operand {
            graph.constant(try Tensor(filledWith: Double(value), type, shape: []))
        }
        if let clip { x = try graph.append(Clip(minimum: -clip, maximum: clip), x) }
        switch self {
        case .relu: return try graph.append(Relu(), x)
        case .tanh: return try graph.append(Tanh(), x)
        case .sigmoid: return try graph.append(Sigmoid(), x)
        case .softsign: return try graph.append(Softsign(), x)
        case .softplus: return try graph.append(Softplus(), x)
        case .affine(let alpha, let beta):
            let scaled = try graph.append(Mul(), x, number(alpha))
            return try graph.append(Add(), scaled, number(beta))
        case .leakyRelu(let alpha): return try graph.append(LeakyRelu(alpha: alpha), x)
        case .thresholdedRelu(let alpha):
            return try graph.append(ThresholdedRelu(alpha: alpha), x)
        case .scaledTanh(let alpha, let beta):
            let inner = try graph.append(Tanh(), graph.append(Mul(), x, number(beta)))
            return try graph.append(Mul(), inner, number(alpha))
        case .hardSigmoid(let alpha, let beta):
            return try graph.append(HardSigmoid(alpha: alpha, beta: beta), x)
        case .elu(let alpha): return try graph.append(Elu(alpha: alpha), x)
        }
    }
}

extension RecurrentOperator {
    /// The activations of a direction.
    func activations(of direction: Int) -> [RecurrentActivation] {
        let count = Self.defaultActivations.count
        return Array(resolvedActivations[direction * count..<(direction + 1) * count])
    }
}

extension RecurrentExpansion {
    /// The sum of both biases.
    mutating func summedBias(_ direction: Int) throws -> Operand? {
        guard let both = try biases(direction) else { return nil }
        return try graph.append(Add(), both[0], both[1])
    }

    /// The recurrence weights, `[H, G·H]`.
    mutating func transposedRecurrence(_ direction: Int) throws -> Operand {
        guard let own = try part(2, direction) else {
            throw HingeError(.mismatch, "expected recurrence weights, found none")
        }
        return try graph.append(Transpose([1, 0]), own)
    }
}

extension RNN: ExpandableOperator {
    /// A `Scan` over the time steps, for each direction.
    public func expansion(_ context: InferenceContext) throws -> Expansion {
        var expansion = try RecurrentExpansion(self, context)
        let type = expansion.type
        return try expansion.expansion(outputCount: context.outputCount) {
            try $0.summedBias($1)
        } recurrence: {
            [try $0.transposedRecurrence($1)]
        } cell: { graph, gates, states, weights, direction in
            let sum = try graph.append(
                Add(), gates, graph.append(MatMul(), states[0], weights[0]))
            return [
                try activations(of: direction)[0].append(sum, clip: clip, type, &graph)
            ]
        }
    }
}

extension LSTM: ExpandableOperator {
    /// A `Scan` over the time steps, for each direction.
    public func expansion(_ context: InferenceContext) throws -> Expansion {
        var expansion = try RecurrentExpansion(self, context)
        let type = expansion.type
        return try expansion.expansion(outputCount: context.outputCount) {
            try $0.summedBias($1)
        } recurrence: { expansion, direction in
            var captured = [try expansion.transposedRecurrence(direction)]
            if let peepholes = try expansion.part(7, direction) {
                captured += try expansion.graph.append(
                    Split(axis: 0), [peepholes], outputCount: 3)
            }
            return captured
        } cell: { graph, gates, states, captured, direction in
            let functions = activations(of: direction)
            let (h, cell) = (states[0], states[1])
            let sum = try graph.append(Add(), gates, graph.append(MatMul(), h, captured[0]))
            let parts = try graph.append(Split(axis: 1), [sum], outputCount: 4)
            func gate(_ index: Int, _ seen: GraphBuilder.Operand) throws -> GraphBuilder.Operand {
                guard captured.count > 1 else { return parts[index] }
                return try graph.append(
                    Add(), parts[index], graph.append(Mul(), seen, captured[1 + index]))
            }
            let input = try functions[0].append(gate(0, cell), clip: clip, type, &graph)
            let one = graph.constant(try Tensor(filledWith: 1, type, shape: []))
            let forget =
                couplesInputAndForget
                ? try graph.append(Sub(), one, input)
                : try functions[0].append(gate(2, cell), clip: clip, type, &graph)
            let candidate = try functions[1].append(parts[3], clip: clip, type, &graph)
            let new = try graph.append(
                Add(), graph.append(Mul(), forget, cell),
                graph.append(Mul(), input, candidate))
            let output = try functions[0].append(gate(1, new), clip: clip, type, &graph)
            let shown = try functions[2].append(new, clip: clip, type, &graph)
            return [try graph.append(Mul(), output, shown), new]
        }
    }
}

extension GRU: ExpandableOperator {
    /// A `Scan` over the time steps, for each direction.
    public func expansion(_ context: InferenceContext) throws -> Expansion {
        var expansion = try RecurrentExpansion(self, context)
        let type = expansion.type
        let isLinear = isLinearBeforeReset
        return try expansion.expansion(outputCount: context.outputCount) {
            isLinear ? try $0.biases($1)?[0] : try $0.summedBias($1)
        } recurrence: { expansion, direction in
            let weights = try expansion.transposedRecurrence(direction)
            if isLinear {
                let bias = try expansion.biases(direction)?[1]
                return [weights] + (bias.map { [$0] } ?? [])
            }
            let parts = try expansion.graph.append(Split(axis: 1), [weights], outputCount: 3)
            return [
                try expansion.graph.append(Concat(axis: 1), parts[0], parts[1]), parts[2],
            ]
        } cell: { graph, gates, states, captured, direction in
            let functions = activations(of: direction)
            let h = states[0]
            let parts = try graph.append(Split(axis: 1), [gates], outputCount: 3)
            var recurrent = try graph.append(MatMul(), h, captured[0])
            if isLinear, captured.count > 1 {
                recurrent = try graph.append(Add(), recurrent, captured[1])
            }
            let own = try graph.append(
                Split(axis: 1), [recurrent], outputCount: isLinear ? 3 : 2)
            func gate(_ index: Int) throws -> GraphBuilder.Operand {
                let sum = try graph.append(Add(), parts[index], own[index])
                return try functions[0].append(sum, clip: clip, type, &graph)
            }
            let (update, reset) = (try gate(0), try gate(1))
            let term =
                isLinear
                ? try graph.append(Mul(), reset, own[2])
                : try graph.append(MatMul(), graph.append(Mul(), reset, h), captured[1])
            let candidate = try functions[1].append(
                graph.append(Add(), parts[2], term), clip: clip, type, &graph)
            let one = graph.constant(try Tensor(filledWith: 1, type, shape: []))
            let fresh = try graph.append(
                Mul(), graph.append(Sub(), one, update), candidate)
            return [
                try graph.append(Add(), fresh, graph.append(Mul(), update, h))
            ]
        }
    }
}
