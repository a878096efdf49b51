import HingeGraph

/// Draws, for each row of input 0, `[N, C]`, a number of the C classes, `[N, count]`: a row holds the logarithms of the classes'
/// probabilities, all perhaps off by the same.
///
/// Source: ONNX Multinomial 7, 22; `bfloat16` since 22.
public struct Multinomial: PreparedOperator {
    /// The element type: `int32` or `int64`.
    public var dataType: DataType
    /// How many classes to draw for each row.
    public var count: Int
    /// The seed of the random numbers; that of whoever runs it if `nil`.
    public var seed: Float?

    /// Creates the operator.
    public init(dataType: DataType = .int32, count: Int = 1, seed: Float? = nil) {
        self.dataType = dataType
        self.count = count
        self.seed = seed
    }
}

public extension Multinomial {
    static let type = "Multinomial"

    init(_ node: NodeReader) throws {
        dataType = try node.outputType("dtype") ?? .int32
        count = try node.int("sample_size", default: 1)
        guard count >= 0 else {
            throw node.error("sample_size", "expected a number of samples, found \(count)")
        }
        seed = try node.float("seed")
    }

    func spell(_ speller: inout Speller) {
        speller.emit(
            Self.type,
            [.dataType("dtype", dataType), .int("sample_size", count)]
                + (seed.map { [.float("seed", $0)] } ?? []))
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        guard let shape = context.shape(0) else {
            return [.tensor(dataType, [.unknown, .known(count)])]
        }
        try context.require(shape.rank == 2, "expected probabilities [N, C], found \(shape)")
        return [.tensor(dataType, [shape[0], .known(count)])]
    }

    var isDeterministic: Bool { false }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let x = try context.input(0)
        guard x.rank == 2 else {
            throw HingeError(.mismatch, "expected probabilities [N, C], found \(x.shape)")
        }
        guard x.dataType.isFloatingPoint else { throw x.notSupported() }
        let (rows, classes) = (x.shape[0], x.shape[1])
        try MemoryLimit.check(dataType, [rows, count])
        return { context in
            let sums = try Multinomial.runningSums(context.input(0).doubles(), rows, classes)
            try context.fillRandomly(
                dataType, [rows, count], seed: seed, drawCount: 1
            ) { generator, index in
                let start = index / count * classes
                let row = start..<start + classes
                let level = generator.uniform() * sums[row.upperBound - 1]
                return Double(Multinomial.first(in: sums, row, above: level) - start)
            }
        }
    }
}

extension Multinomial {
    /// The sums of the probabilities of the classes up to each one, of each row.
    ///
    /// - Throws: ``HingeError`` when a row has no class that may be drawn.
    private static func runningSums(
        _ logarithms: [Double], _ rows: Int, _ classes: Int
    ) throws -> [Double] {
        var sums = logarithms
        for row in 0..<rows {
            let places = row * classes..<(row + 1) * classes
            guard let largest = logarithms[places].max(), largest.isFinite,
                !logarithms[places].contains(where: \.isNaN)
            else {
                throw HingeError(
                    .mismatch, "expected logarithms of probabilities, found none in row \(row)")
            }
            var sum = 0.0
            for place in places {
                sum += RealMath.exp(logarithms[place] - largest)
                sums[place] = sum
            }
        }
        return sums
    }

    /// The first place of a row whose sum is above a level.
    private static func first(in sums: [Double], _ row: Range<Int>, above level: Double) -> Int {
        var (low, high) = (row.lowerBound, row.upperBound - 1)
        while low < high {
            let middle = low + (high - low) / 2
            if sums[middle] > level { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

extension Multinomial: UndifferentiatedOperator {
    /// Its outputs are drawn, and whole numbers.
    public static var derivativeAbsence: DerivativeAbsence {
        .zero("its outputs are drawn, and whole numbers")
    }
}
