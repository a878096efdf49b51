import HingeGraph
import HingeOperators

/// The places of integers in a vocabulary, or the reverse.
///
/// First there is a place for the mask, if there is one and places are the result; then those for
/// integers that the vocabulary doesn't have, by their remainder; then the vocabulary.
///
/// Source: Keras `IntegerLookup(num_oov_indices=1, mask_token=None, oov_token=-1, vocabulary,
/// invert=False, output_mode="int", pad_to_max_tokens=False, oov_method="floormod")`.
struct IntegerLookupLayer: UnaryKerasLayer {
    /// The vocabulary, without the mask and without what stands for unknown integers.
    var vocabulary: [Int]
    /// The number of places for unknown integers.
    var unknownCount = 1
    /// The integer that stands for nothing.
    var maskToken: Int?
    /// The integer that stands for unknown ones.
    var unknownToken = -1
    /// Whether places are made into integers.
    var isInverse = false
    /// What is made of the places.
    var outputMode = CategoryMode.int
    /// The size of vectors, where that isn't the number of places.
    var depth: Int?
    /// The weights of the vocabulary's members.
    var weights: [Double] = []
}

extension IntegerLookupLayer {
    static let className = "IntegerLookup"

    init(_ config: ConfigReader) throws {
        unknownCount = try config.int("num_oov_indices") ?? 1
        guard (0...1 << 20).contains(unknownCount) else {
            throw config.error(
                "num_oov_indices", "expected a small number of at least 0, found \(unknownCount)")
        }
        maskToken = try config.int("mask_token")
        unknownToken = try config.int("oov_token") ?? -1
        isInverse = try config.bool("invert", default: false)
        outputMode = try config.categoryMode(default: .int, allowed: Set(CategoryMode.allCases))
        guard let list = try config.read("vocabulary", "a list of integers", ConfigReader.ints)
        else {
            throw config.unsupported(
                "vocabulary", "a vocabulary that stands in a file of its own is not supported")
        }
        vocabulary = list
        let special =
            (maskToken.map { [$0] } ?? []) + [Int](repeating: unknownToken, count: unknownCount)
        if list.starts(with: special) { vocabulary.removeFirst(special.count) }
        if unknownCount > 1, try config.string("oov_method") ?? "floormod" != "floormod" {
            throw config.unsupported("oov_method", "hashing integers is not supported")
        }
        if try config.bool("pad_to_max_tokens", default: false) {
            depth = try config.requiredPositive("max_tokens")
        }
        if outputMode == .weighted {
            weights = try config.numbers("idf_weights")?.doubles() ?? []
            guard weights.count == vocabulary.count else {
                throw config.error(
                    "idf_weights",
                    "expected \(vocabulary.count) weights, found \(weights.count)")
            }
        }
    }

    var castsInputs: Bool { false }

    /// The first place for unknown integers.
    private var unknownStart: Int { maskToken != nil && outputMode == .int ? 1 : 0 }

    func build(_ x: Operand, _ context: LayerContext) throws -> Operand {
        let input = try context.append(Cast(to: .int64), x, as: "integers")
        if isInverse { return try members(input, context) }
        let places = try places(input, context)
        if outputMode == .int { return places }
        let size = depth ?? vocabulary.count + unknownCount
        guard outputMode == .weighted else {
            return try context.encode(places, outputMode, depth: size, as: .int64)
        }
        let counts = try context.encode(places, .count, depth: size, as: .float32)
        // Unknown integers have the mean of the weights.
        let mean = weights.reduce(0, +) / Double(max(weights.count, 1))
        var all = [Double](repeating: mean, count: unknownCount) + weights
        all += [Double](repeating: 0, count: max(0, size - all.count))
        return try context.append(
            Mul(), counts, context.constant(Tensor(all.map { Float($0) }), "weights"))
    }

    /// The place of each integer; for the mask −1 unless places are the result.
    private func places(_ x: Operand, _ context: LayerContext) throws -> Operand {
        let start = unknownStart + unknownCount
        let unknown: Operand =
            switch unknownCount {
            case 0: try context.scalar(-1, like: x, "unknown")
            case 1: try context.scalar(Double(unknownStart), like: x, "unknown")
            default:
                try context.append(
                    Add(),
                    context.append(
                        Mod(), x, context.scalar(Double(unknownCount), like: x, "count"),
                        as: "remainder"),
                    context.scalar(Double(unknownStart), like: x, "start"), as: "unknown")
            }
        var places = unknown
        if !vocabulary.isEmpty {
            let column = try context.append(Unsqueeze(axes: [-1]), x, as: "column")
            let table = context.constant(Tensor(vocabulary.map { Int64($0) }), "vocabulary")
            let isEqual = try context.append(Equal(), column, table, as: "equal")
            let ones = try context.append(Cast(to: .int64), isEqual, as: "ones")
            let numbers = context.constant(
                Tensor((0..<vocabulary.count).map { Int64($0 + 1) }), "numbers")
            let found = try context.append(
                ReduceSum(axes: [-1], keepsDimensions: false),
                context.append(Mul(), ones, numbers, as: "numbered"), as: "number")
            let isKnown = try context.append(
                Greater(), found, context.scalar(0, like: x, "zero"), as: "known")
            let place = try context.append(
                Add(), found, context.scalar(Double(start - 1), like: x, "shift"), as: "place")
            places = try context.append(Where(), isKnown, place, unknown, as: "places")
        }
        guard let maskToken else {
            return vocabulary.isEmpty
                ? try context.append(
                    Add(), context.append(Sub(), x, x, as: "zeros"), places) : places
        }
        let isMask = try context.append(
            Equal(), x, context.constant(Tensor(scalar: Int64(maskToken)), "mask_token"),
            as: "mask")
        let value = try context.scalar(outputMode == .int ? 0 : -1, like: x, "mask_value")
        return try context.append(Where(), isMask, value, places)
    }

    /// The integer at each place; what stands for unknown ones where there is none.
    private func members(_ x: Operand, _ context: LayerContext) throws -> Operand {
        let table =
            (maskToken.map { [$0] } ?? [])
            + [Int](repeating: unknownToken, count: unknownCount) + vocabulary + [unknownToken]
        let last = try context.scalar(Double(table.count - 1), like: x, "last")
        let isNegative = try context.append(
            Less(), x, context.scalar(0, like: x, "zero"), as: "negative")
        let isBeyond = try context.append(Greater(), x, last, as: "beyond")
        let isOutside = try context.append(Or(), isNegative, isBeyond, as: "outside")
        let place = try context.append(Where(), isOutside, last, x, as: "place")
        return try context.append(
            Gather(axis: 0), context.constant(Tensor(table.map { Int64($0) }), "members"), place)
    }

    func write(_ config: inout ConfigWriter) {
        config["vocabulary"] = .integers(vocabulary)
        config["num_oov_indices"] = .integer(unknownCount)
        if let maskToken { config["mask_token"] = .integer(maskToken) }
        config["oov_token"] = .integer(unknownToken)
        config.set("invert", isInverse, default: false) { .bool($0) }
        config.set("output_mode", outputMode, default: .int) { .string($0.rawValue) }
        if let depth {
            config["pad_to_max_tokens"] = .bool(true)
            config["max_tokens"] = .integer(depth)
        }
        if !weights.isEmpty { config["idf_weights"] = .array(weights.map { .number($0) }) }
    }
}
