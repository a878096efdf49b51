import HingeGraph

public extension Attention {
    func spell(_ speller: inout Speller) throws {
        guard speller.opset >= neededVersion(speller) else {
            var steps = try AttentionSteps(self, speller)
            return try steps.write()
        }
        var attributes: [Attribute] = []
        if isCausal { attributes.append(.int("is_causal", 1)) }
        if speller.shape(0)?.rank != 4 {
            if let keyHeadCount { attributes.append(.int("kv_num_heads", keyHeadCount)) }
            if let queryHeadCount { attributes.append(.int("q_num_heads", queryHeadCount)) }
        }
        if let leftWindow { attributes.append(.int("left_window_size", leftWindow)) }
        if let rightWindow { attributes.append(.int("right_window_size", rightWindow)) }
        if scoreOutput != .products {
            attributes.append(.int("qk_matmul_output_mode", scoreOutput.rawValue))
        }
        if let scale { attributes.append(.float("scale", scale)) }
        if softcap != 0 { attributes.append(.float("softcap", softcap)) }
        if let softmaxType { attributes.append(.dataType("softmax_precision", softmaxType)) }
        var inputs = speller.inputs
        if speller.opset >= 24, !padsMask, speller.hasInput(3),
            dimension(ofMask: speller)?.extent ?? 1 == 1
        {
            var steps = try AttentionSteps(self, speller)
            inputs[3] = try steps.repeatedMask()
        }
        speller.emit(Self.type, attributes, inputs: inputs, outputs: speller.outputs)
    }

    /// The version that means what the operator does.
    private func neededVersion(_ speller: Speller) -> Int {
        if leftWindow != nil || rightWindow != nil { return 25 }
        if speller.hasInput(6) { return 24 }
        guard padsMask, speller.hasInput(3) else { return 23 }
        return AttentionSteps.isWhole(mask: dimension(ofMask: speller), speller) ? 23 : 24
    }

    /// The number of keys that the mask is for, if it is known.
    private func dimension(ofMask speller: Speller) -> Shape.Dimension? {
        speller.shape(3)?.dimensions.last
    }
}

/// Writes ``Attention`` as products, softmax and what stands in between.
struct AttentionSteps {
    let operation: Attention
    /// Shares the nodes that it writes with the operator's own.
    var speller: Speller
    /// The element type of the query.
    let type: DataType
    let isFlat: Bool

    init(_ operation: Attention, _ speller: Speller) throws {
        self.operation = operation
        self.speller = speller
        type = try speller.elementType(0)
        guard let rank = speller.shape(0)?.rank else {
            throw HingeError(
                .unsupported,
                "the rank of the query must be known to write this for opset \(speller.opset)")
        }
        isFlat = rank == 3
    }

    mutating func write() throws {
        let query = try heads(speller.inputs[0], operation.queryHeadCount)
        var key = try allRows(1, past: 4, output: 1)
        var value = try allRows(2, past: 5, output: 2)
        if let type = speller.dataType(2), type != self.type {
            value = speller.cast(value, to: self.type)
        }
        if let indices = try sharedHeads() {
            key = try speller.append(Gather(axis: 1), [key, indices])
            value = try speller.append(Gather(axis: 1), [value, indices])
        }
        let scaled = speller.step("Mul", [query, number(try scale())])
        let transposed = speller.step("Transpose", [key], [.ints("perm", [0, 1, 3, 2])])
        var scores = speller.step("MatMul", [scaled, transposed])
        give(scores, .products)
        if operation.softcap > 0 {
            let cap = number(Double(operation.softcap))
            let tanh = speller.step("Tanh", [speller.step("Div", [scores, cap])])
            scores = speller.step("Mul", [tanh, cap])
        }
        give(scores, .capped)
        let bias = try self.bias()
        if let bias { scores = speller.step("Add", [scores, bias.name]) }
        give(scores, .masked)
        var weights = try softmax(scores)
        if let bias, bias.mayExcludeAll {
            let largest = try speller.append(
                ReduceMax(axes: [-1]), [bias.name],
                known: [.tensor(type, .unknown(rank: bias.rank))])
            let isClosed = speller.step("Less", [largest, number(-type.largestNumber)])
            weights = speller.step("Where", [isClosed, number(0), weights])
        }
        give(weights, .probabilities)
        guard isFlat else {
            return speller.emit(
                "MatMul", inputs: [weights, value], outputs: [speller.outputs[0]])
        }
        let result = speller.step("MatMul", [weights, value])
        let rows = speller.step("Transpose", [result], [.ints("perm", [0, 2, 1, 3])])
        try speller.append(
            Reshape(shape: [0, 0, -1]), [rows], outputs: [speller.outputs[0]])
    }

    /// The mask for all keys, where it is for one that stands for all.
    mutating func repeatedMask() throws -> String {
        let shape = try sum([length(1), pastLength()])
        return speller.step("Expand", [speller.inputs[3], vector(shape)])
    }

    /// Whether a mask surely has a number for each key.
    static func isWhole(mask dimension: Shape.Dimension?, _ speller: Speller) -> Bool {
        guard let dimension, dimension != .unknown, let length = keyDimension(1, speller) else {
            return false
        }
        guard speller.hasInput(4) else { return dimension == length }
        guard let past = speller.shape(4)?.dimensions.dropFirst(2).first?.extent,
            let length = length.extent
        else { return false }
        return dimension == .known(past + length)
    }

    static func keyDimension(_ index: Int, _ speller: Speller) -> Shape.Dimension? {
        guard let shape = speller.shape(index), (3...4).contains(shape.rank) else { return nil }
        return shape[shape.rank - 2]
    }
}

// MARK: - Heads

extension AttentionSteps {
    /// A value of the form of the inputs as `[N, H, L, D]`.
    private mutating func heads(
        _ value: String, _ count: Int?, outputs: [String]? = nil
    ) throws -> String {
        guard isFlat else { return value }
        guard let count else {
            throw HingeError(
                .mismatch, "expected the numbers of heads for inputs of three dimensions")
        }
        let split = try speller.append(Reshape(shape: [0, 0, count, -1]), [value])
        let result = outputs?.first ?? speller.freshName()
        speller.emit(
            "Transpose", [.ints("perm", [0, 2, 1, 3])], inputs: [split], outputs: [result])
        return result
    }

    /// All keys or values, past ones first, which also are an output where somebody wants that.
    private mutating func allRows(_ index: Int, past: Int, output: Int) throws -> String {
        let given = try heads(speller.inputs[index], operation.keyHeadCount)
        let name = speller.hasOutput(output) ? speller.outputs[output] : nil
        if speller.hasInput(past) {
            let all = name ?? speller.freshName()
            speller.emit(
                "Concat", [.int("axis", 2)], inputs: [speller.inputs[past], given], outputs: [all])
            return all
        }
        if let name { speller.emit("Identity", inputs: [given], outputs: [name]) }
        return given
    }

    /// The head of key and value for each head of the query, where there are fewer.
    private func sharedHeads() throws -> String? {
        let (own, shared) =
            isFlat
            ? (operation.queryHeadCount, operation.keyHeadCount)
            : (speller.shape(0)?[1].extent, speller.shape(1)?.dimensions.dropFirst().first?.extent)
        guard let own, let shared, shared > 0, own % shared == 0 else {
            throw unknown("the numbers of heads")
        }
        guard own != shared else { return nil }
        return speller.constant(Tensor((0..<own).map { Int64($0 / (own / shared)) }))
    }

    private func scale() throws -> Double {
        if let scale = operation.scale { return Double(scale) }
        guard let columns = speller.shape(0)?.dimensions.last?.extent,
            let heads = isFlat ? operation.queryHeadCount : 1
        else { throw unknown("the size of a head") }
        return 1 / Double(columns / heads).squareRoot()
    }

    /// Gives scores out where they are wanted in this state.
    private mutating func give(_ scores: String, _ state: Attention.ScoreOutput) {
        guard operation.scoreOutput == state, speller.hasOutput(3) else { return }
        speller.emit("Identity", inputs: [scores], outputs: [speller.outputs[3]])
    }

    private mutating func softmax(_ scores: String) throws -> String {
        var scores = scores
        if let wide = operation.softmaxType, wide != type {
            scores = speller.cast(scores, to: wide)
        }
        let weights = try speller.append(
            Softmax(axis: -1), [scores], known: [.tensor(type, .unknown(rank: 4))])
        guard let wide = operation.softmaxType, wide != type else { return weights }
        return speller.cast(weights, to: type)
    }

    func number(_ value: Double) -> String {
        guard let tensor = try? Tensor(filledWith: value, type, shape: []) else { return "" }
        return speller.constant(tensor)
    }

    func unknown(_ what: String) -> HingeError {
        HingeError(
            .unsupported, "\(what) must be known to write this for opset \(speller.opset)")
    }
}

extension DataType {
    /// The largest number of a floating-point type.
    fileprivate var largestNumber: Double {
        switch self {
        case .float64: Double.greatestFiniteMagnitude
        case .float16: Double(Float16.greatestFiniteMagnitude)
        case .bfloat16: Double(Float(bitPattern: 0x7f7f_0000))
        default: Double(Float.greatestFiniteMagnitude)
        }
    }
}
