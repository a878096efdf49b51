import HingeGraph

/// Counts the n-grams of sequences of tokens, `[C]` or `[N, C]`, and may weight the counts: `[M]` or `[N, M]`, where M − 1 is the
/// largest place of an n-gram.
///
/// Tokens are integers or strings. Those of an n-gram may stand apart, all equally far, with up to a number of others between
/// neighbours; single tokens are counted once.
///
/// Source: ONNX TfIdfVectorizer 9.
public struct TfIdfVectorizer: PreparedOperator {
    /// What becomes of counts.
    public enum Mode: String, Sendable, Hashable, CaseIterable {
        /// They are the result.
        case count = "TF"
        /// The weight of what occurs at all.
        case weightOfPresent = "IDF"
        /// They are multiplied by the weights.
        case weightedCount = "TFIDF"
    }

    /// The n-grams to count: all tokens of the 1-grams, then those of the 2-grams, and so on.
    public enum Pool: Sendable, Hashable {
        case integers([Int])
        case strings([String])
    }

    /// What becomes of counts.
    public var mode: Mode
    /// The lengths of n-grams to count.
    public var lengths: ClosedRange<Int>
    /// The most tokens between neighbours of an n-gram.
    public var maxSkipCount: Int
    /// The n-grams that are known.
    public var pool: Pool
    /// Where the n-grams of each length, from 1 on, begin in the pool.
    public var starts: [Int]
    /// The place in the result of each n-gram in the pool.
    public var places: [Int]
    /// The weight of each n-gram in the pool; all 1 if empty.
    public var weights: [Float]

    /// Creates the operator.
    ///
    /// - Parameters:
    ///   - pool: The n-grams to count.
    ///   - starts: Where the n-grams of each length, from 1 on, begin in the pool.
    ///   - places: The place in the result of each n-gram in the pool.
    public init(
        mode: Mode = .count, lengths: ClosedRange<Int>, maxSkipCount: Int = 0, pool: Pool,
        starts: [Int], places: [Int], weights: [Float] = []
    ) {
        self.mode = mode
        self.lengths = lengths
        self.maxSkipCount = maxSkipCount
        self.pool = pool
        self.starts = starts
        self.places = places
        self.weights = weights
    }
}

public extension TfIdfVectorizer {
    static let type = "TfIdfVectorizer"

    init(_ node: NodeReader) throws {
        mode = try node.required(
            "mode", node.has("mode") ? node.word("mode", default: .count) : nil)
        let least = try node.required("min_gram_length", node.int("min_gram_length"))
        let most = try node.required("max_gram_length", node.int("max_gram_length"))
        guard least >= 1, most >= least else {
            throw node.error(
                "max_gram_length",
                "expected lengths in order, from 1 on, found \(least) and \(most)")
        }
        lengths = least...most
        maxSkipCount = try node.required("max_skip_count", node.int("max_skip_count"))
        guard maxSkipCount >= 0 else {
            throw node.error("max_skip_count", "expected a count, found \(maxSkipCount)")
        }
        switch (try node.ints("pool_int64s") ?? [], try node.strings("pool_strings") ?? []) {
        case (let integers, []) where !integers.isEmpty: pool = .integers(integers)
        case ([], let strings) where !strings.isEmpty: pool = .strings(strings)
        case ([], []): throw node.error("pool_int64s", "expected n-grams to count, found none")
        default:
            throw node.error(
                "pool_strings", "expected n-grams of integers or of strings, found both")
        }
        starts = try node.required("ngram_counts", node.ints("ngram_counts"))
        places = try node.required("ngram_indexes", node.ints("ngram_indexes"))
        weights = try node.floats("weights") ?? []
        _ = try width()
    }

    func spell(_ speller: inout Speller) {
        let tokens: Attribute =
            switch pool {
            case .integers(let integers): .ints("pool_int64s", integers)
            case .strings(let strings): .strings("pool_strings", strings)
            }
        speller.emit(
            Self.type,
            [
                .string("mode", mode.rawValue), .int("min_gram_length", lengths.lowerBound),
                .int("max_gram_length", lengths.upperBound), .int("max_skip_count", maxSkipCount),
                tokens, .ints("ngram_counts", starts), .ints("ngram_indexes", places),
            ] + (weights.isEmpty ? [] : [.floats("weights", weights)]))
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        let width = try width()
        guard let shape = context.shape(0) else { return [.tensor(.float32, nil)] }
        try check(shape)
        return [.tensor(.float32, shape.rank == 2 ? [shape[0], .known(width)] : [.known(width)])]
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        switch pool {
        case .integers(let integers): [0: .near(integers.prefix(64).map { Double($0) })]
        case .strings(let strings): [0: .among(strings.prefix(64).map { ByteString($0) })]
        }
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let shape = try context.input(0).shape
        try check(Shape(shape))
        let grams = try NgramTree(
            pool, starts: starts, lengths: lengths, gramCount: places.count)
        let width = try width()
        let result = shape.count == 2 ? [shape[0], width] : [width]
        return { context in
            let tokens = try grams.numbers(of: context.input(0))
            try MemoryLimit.check(.float64, result)
            let output = try context.output(0, .float32, result).elements(of: Float.self)
            let (rows, length) = (shape.count == 2 ? shape[0] : 1, shape.last ?? 1)
            // Rows by their own: those of one share nothing with those of others.
            let cost = Extent.product(of: [max(length, 1), 64])
            try parallelFor(rows, cost: cost) { range in
                for row in range {
                    let tokens = tokens[row * length..<(row + 1) * length]
                    let counts = try grams.count(tokens, maxSkipCount: maxSkipCount)
                    var sums = try [Double](bounded: 0, count: width)
                    for (gram, count) in counts.enumerated() {
                        sums[places[gram]] += weighted(count, gram)
                    }
                    for place in 0..<width { output[row * width + place] = Float(sums[place]) }
                }
            }
        }
    }
}

extension TfIdfVectorizer {
    private func weighted(_ count: Int, _ gram: Int) -> Double {
        let weight = weights.isEmpty ? 1 : Double(weights[gram])
        return switch mode {
        case .count: Double(count)
        case .weightOfPresent: count > 0 ? weight : 0
        case .weightedCount: count > 0 ? Double(count) * weight : 0
        }
    }

    /// The number of places of the result.
    ///
    /// - Throws: ``HingeError`` when places or weights aren't those of a result, or it is too large.
    private func width() throws -> Int {
        guard let last = places.max(), places.allSatisfy({ $0 >= 0 }) else {
            throw HingeError(
                .badData, "expected places of n-grams, found \(places.min() ?? 0) at least",
                at: [.attribute("ngram_indexes")])
        }
        let width = (Extent(last) + 1).value
        try MemoryLimit.check(.float64, [width])
        guard weights.isEmpty || weights.count == places.count else {
            throw HingeError(
                .badData,
                "expected a weight of each of \(places.count) n-grams, found \(weights.count)",
                at: [.attribute("weights")])
        }
        // What is present twice at one place, nothing says.
        guard mode != .weightOfPresent || Set(places).count == places.count else {
            throw HingeError(
                .unsupported, "expected places of n-grams that differ in the mode IDF",
                at: [.attribute("ngram_indexes")])
        }
        return width
    }

    private func check(_ shape: Shape) throws {
        guard shape.rank <= 2 else {
            throw HingeError(.mismatch, "expected tokens [C] or [N, C], found \(shape)")
        }
    }
}

extension TfIdfVectorizer: UndifferentiatedOperator {
    /// Its input is text.
    public static var derivativeAbsence: DerivativeAbsence { .zero("its input is text") }
}
