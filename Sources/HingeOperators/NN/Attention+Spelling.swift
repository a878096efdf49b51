import HingeGraph

extension Attention {
    public func spell(_ speller: inout Speller) throws {
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
private struct AttentionSteps {
    private let operation: Attention
    /// Shares the nodes that it writes with the operator's own.
    private var speller: Speller
    /// The element type of the query.
    private let type: DataType
    private let isFlat: Bool

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

    private static func keyDimension(_ index: Int, _ speller: Speller) -> Shape.Dimension? {
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

    private func number(_ value: Double) -> String {
        guard let tensor = try? Tensor(filledWith: value, type, shape: []) else { return "" }
        return speller.constant(tensor)
    }

    private func unknown(_ what: String) -> HingeError {
        HingeError(
            .unsupported, "\(what) must be known to write this for opset \(speller.opset)")
    }
}

// MARK: - Masks

extension AttentionSteps {
    /// What is added to scores, and whether that may leave a query without keys.
    private struct Bias {
        let name: String
        let rank: Int
        let mayExcludeAll: Bool
    }

    /// A number of rows: known, or the name of an `int64` scalar.
    private enum Length {
        case known(Int)
        case named(String)
    }

    private mutating func bias() throws -> Bias? {
        let mask = try maskNumbers()
        guard let positions = try positions() else { return mask }
        let zero = number(0)
        let minusInfinity = number(-.infinity)
        let added = speller.step("Where", [positions.name, zero, minusInfinity])
        let rank = speller.hasInput(6) ? 4 : 2
        guard let mask else {
            return Bias(name: added, rank: rank, mayExcludeAll: positions.mayExcludeAll)
        }
        return Bias(
            name: speller.step("Add", [added, mask.name]), rank: max(rank, mask.rank),
            mayExcludeAll: positions.mayExcludeAll || mask.mayExcludeAll)
    }

    /// The mask as numbers to add, one for each key or one for all.
    private mutating func maskNumbers() throws -> Bias? {
        guard speller.hasInput(3) else { return nil }
        var mask = speller.inputs[3]
        var mayExcludeAll = true
        switch try speller.elementType(3) {
        case .bool:
            let (zero, minusInfinity) = (number(0), number(-.infinity))
            mask = speller.step("Where", [mask, zero, minusInfinity])
        case type:
            let elements = try speller.constantInput(3)?.doubles()
            mayExcludeAll = elements?.contains(-.infinity) ?? true
        default: mask = speller.cast(mask, to: type)
        }
        guard let rank = speller.shape(3)?.rank else { throw unknown("the rank of the mask") }
        let dimension = speller.shape(3)?[rank - 1]
        let isShort =
            operation.padsMask && !AttentionSteps.isWhole(mask: dimension, speller)
        guard isShort else { return Bias(name: mask, rank: rank, mayExcludeAll: mayExcludeAll) }
        return Bias(
            name: try padded(mask, dimension?.extent, rank: rank), rank: rank, mayExcludeAll: true)
    }

    /// The mask with minus infinity for the keys that it has no number for.
    private mutating func padded(_ mask: String, _ extent: Int?, rank: Int) throws -> String {
        let total = try sum([length(1), pastLength()])
        if case .known(let total) = total, let extent {
            let pads = [Int](repeating: 0, count: 2 * rank - 1) + [total - extent]
            return try speller.append(
                Pad(pads: pads, value: -.infinity), [mask], known: [.tensor(type, nil)])
        }
        let shape = speller.step("Shape", [mask])
        let last = speller.constant(Tensor([Int64(rank - 1)]))
        let present = try speller.append(Gather(axis: 0), [shape, last])
        let missing = speller.step("Sub", [vector(total), present])
        let zeros = speller.constant(
            Tensor([Int64](repeating: 0, count: 2 * rank - 1)))
        let pads = speller.step("Concat", [zeros, missing], [.int("axis", 0)])
        return speller.step("Pad", [mask, pads, number(-.infinity)])
    }

    /// Which keys a query takes into account by its position: booleans that broadcast to the scores.
    private mutating func positions() throws -> (name: String, mayExcludeAll: Bool)? {
        var conditions: [String] = []
        let hasOrder =
            operation.isCausal || operation.leftWindow != nil || operation.rightWindow != nil
        guard hasOrder || speller.hasInput(6) else { return nil }
        let keys = try counting(sum([length(1), pastLength()]), shape: [1, -1])
        var offset = try pastLength()
        var counts: String?
        if speller.hasInput(6) {
            let name = try speller.append(Reshape(shape: [-1, 1, 1, 1]), [speller.inputs[6]])
            conditions.append(speller.step("Less", [keys, name]))
            counts = name
            offset = .known(0)
        }
        if hasOrder {
            var queries = try counting(length(0), shape: [-1, 1])
            if let counts {
                let start = speller.step("Sub", [counts, scalar(try length(0))])
                queries = speller.step("Add", [queries, start])
            } else {
                queries = shifted(queries, by: offset)
            }
            let ends = (operation.isCausal ? [0] : []) + (operation.rightWindow.map { [$0] } ?? [])
            if let end = ends.min() {
                conditions.append(
                    speller.step("Less", [keys, shifted(queries, by: .known(end + 1))]))
            }
            if let left = operation.leftWindow {
                conditions.append(
                    speller.step("Less", [queries, shifted(keys, by: .known(left + 1))]))
            }
        }
        var result = conditions[0]
        for condition in conditions.dropFirst() {
            result = speller.step("And", [result, condition])
        }
        let isSimple = counts == nil && operation.leftWindow == nil
        return (result, !isSimple)
    }

    /// The numbers from 0 up to a length.
    private mutating func counting(_ length: Length, shape: [Int]) throws -> String {
        switch length {
        case .known(let count):
            return speller.constant(
                Tensor((0..<Int64(count)).map { $0 }, shape: shape.map { $0 < 0 ? count : $0 }))
        case .named(let name):
            guard speller.opset >= 11 else { throw unknown("the lengths") }
            let zero = speller.constant(Tensor([Int64(0)], shape: []))
            let one = speller.constant(Tensor([Int64(1)], shape: []))
            let range = speller.step("Range", [zero, name, one])
            return try speller.append(Reshape(shape: shape), [range])
        }
    }

    private mutating func shifted(_ value: String, by offset: Length) -> String {
        if case .known(0) = offset { return value }
        return speller.step("Add", [value, scalar(offset)])
    }

    /// The length of query, key or value.
    private mutating func length(_ index: Int) throws -> Length {
        if let extent = AttentionSteps.keyDimension(index, speller)?.extent {
            return .known(extent)
        }
        return try extent(of: index, axis: isFlat ? 1 : 2)
    }

    private mutating func pastLength() throws -> Length {
        guard speller.hasInput(4) else { return .known(0) }
        if let extent = speller.shape(4)?.dimensions.dropFirst(2).first?.extent {
            return .known(extent)
        }
        return try extent(of: 4, axis: 2)
    }

    private mutating func extent(of index: Int, axis: Int) throws -> Length {
        let shape = speller.step("Shape", [speller.inputs[index]])
        let place = speller.constant(Tensor([Int64(axis)], shape: []))
        return .named(try speller.append(Gather(axis: 0), [shape, place]))
    }

    private mutating func sum(_ lengths: [Length]) throws -> Length {
        var known = 0
        var names: [String] = []
        for length in lengths {
            switch length {
            case .known(let count): known += count
            case .named(let name): names.append(name)
            }
        }
        guard var name = names.first else { return .known(known) }
        for other in names.dropFirst() { name = speller.step("Add", [name, other]) }
        return .named(known == 0 ? name : speller.step("Add", [name, scalar(.known(known))]))
    }

    private func scalar(_ length: Length) -> String {
        switch length {
        case .known(let count): speller.constant(Tensor([Int64(count)], shape: []))
        case .named(let name): name
        }
    }

    /// A length as a vector of one element.
    private mutating func vector(_ length: Length) -> String {
        switch length {
        case .known(let count): return speller.constant(Tensor([Int64(count)]))
        case .named(let name):
            let shape = speller.constant(Tensor([Int64(1)]))
            return speller.step("Reshape", [name, shape])
        }
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
