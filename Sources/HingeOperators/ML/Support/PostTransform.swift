import HingeGraph

/// What is made of the scores of a row in the end.
///
/// Source: ONNX ml `post_transform`; the formulas are those of ONNX Runtime and of the standard's reference evaluator.
public enum PostTransform: String, CaseIterable, Sendable {
    /// Nothing.
    case none = "NONE"
    /// `eˣ`, divided by the sum of the row.
    case softmax = "SOFTMAX"
    /// `1 / (1 + e⁻ˣ)`.
    case logistic = "LOGISTIC"
    /// As `softmax`, of the scores other than 0; a 0 stays, and a row of zeros becomes 0.5 each.
    case softmaxZero = "SOFTMAX_ZERO"
    /// The quantile of the normal distribution: ±∞ at 1 and 0, and NaN beyond.
    case probit = "PROBIT"
}

extension PostTransform {
    /// The number by which TreeEnsemble 5 knows the transform.
    var number: Int { PostTransform.allCases.firstIndex(of: self) ?? 0 }

    /// The transform of a number.
    init?(number: Int) {
        guard PostTransform.allCases.indices.contains(number) else { return nil }
        self = PostTransform.allCases[number]
    }

    /// Changes the scores of one row.
    func apply(_ scores: UnsafeMutableBufferPointer<Double>) {
        switch self {
        case .none: return
        case .logistic:
            for index in scores.indices { scores[index] = PostTransform.logistic(scores[index]) }
        case .probit:
            for index in scores.indices { scores[index] = PostTransform.probit(scores[index]) }
        case .softmax:
            let largest = scores.max() ?? 0
            var sum = 0.0
            for index in scores.indices {
                scores[index] = RealMath.exp(scores[index] - largest)
                sum += scores[index]
            }
            for index in scores.indices { scores[index] /= sum }
        case .softmaxZero: PostTransform.softmaxZero(scores)
        }
    }

    private static func softmaxZero(_ scores: UnsafeMutableBufferPointer<Double>) {
        let largest = scores.max() ?? 0
        var sum = 0.0
        for index in scores.indices {
            let score = scores[index]
            if abs(score) > 1e-7 || score.isNaN {
                scores[index] = RealMath.exp(score - largest)
                sum += scores[index]
            } else {
                scores[index] = score * RealMath.exp(-largest)
            }
        }
        for index in scores.indices { scores[index] = sum == 0 ? 0.5 : scores[index] / sum }
    }

    /// `1 / (1 + e⁻ˣ)`.
    static func logistic(_ x: Double) -> Double {
        let y = 1 / (1 + RealMath.exp(-abs(x)))
        return x < 0 ? 1 - y : y
    }

    /// The quantile of the normal distribution.
    ///
    /// Source: Winitzki, "A handy approximation for the error function and its inverse", 2008, with a = 0.147, whose
    /// relative error is up to 2e-3: what the operators' other implementations compute.
    static func probit(_ p: Double) -> Double {
        let x = 2 * p - 1
        if abs(x) == 1 { return x * .infinity }
        let logarithm = RealMath.log((1 - x) * (1 + x))
        let half = 2 / (Double.pi * 0.147) + logarithm / 2
        let root = (half * half - logarithm / 0.147).squareRoot() - half
        return (x < 0 ? -1 : 1) * (2 * root).squareRoot()
    }
}

/// Writes what a classifier computed: the top class of each row, and the scores.
struct ClassifierScores {
    let labels: ClassLabels
    let transform: PostTransform
    /// Whether scores were added up of numbers of float64; others are as large as each other when they are as `float32`.
    var isWide = false

    /// The two scores that the one score of a model of two classes stands for.
    enum Pair: Sendable {
        /// `1 − s` and `s`.
        case complement
        /// `−s` and `s`.
        case opposite

        @inline(__always)
        func callAsFunction(_ score: Double) -> (Double, Double) {
            switch self {
            case .complement: (1 - score, score)
            case .opposite: (-score, score)
            }
        }
    }

    /// Writes labels `[N]` to output 0 and scores `[N, E]`, E of them for each row, to output 1.
    ///
    /// The label of a row is that of the largest score before it is transformed, the first of those that are equal; a
    /// NaN is not larger than any other.
    ///
    /// - Parameters:
    ///   - scores: The scores, row by row; they are overwritten.
    ///   - classes: The class of each row, where it isn't that of the largest score.
    func write(
        _ scores: inout [Double], rows: Int, columns: Int, classes: [Int]? = nil,
        _ context: inout EvaluationContext
    ) throws {
        var picks = try classes ?? [Int](bounded: 0, count: rows)
        let output = try context.output(1, .float32, [rows, columns])
        try output.withUnsafeElements(of: Float.self) { results in
            scores.withUnsafeMutableBufferPointer { scores in
                for row in 0..<rows {
                    let part = UnsafeMutableBufferPointer(
                        rebasing: scores[row * columns..<(row + 1) * columns])
                    if classes == nil { picks[row] = largest(part) }
                    transform.apply(part)
                    for column in 0..<columns {
                        results[row * columns + column] = Float(part[column])
                    }
                }
            }
        }
        try labels.write(picks, &context)
    }

    /// The place of the largest score, the first of those that are equal.
    private func largest(_ scores: UnsafeMutableBufferPointer<Double>) -> Int {
        func number(_ index: Int) -> Double {
            isWide ? scores[index] : Double(Float(scores[index]))
        }
        var (best, top) = (0, number(0))
        for index in scores.indices.dropFirst() {
            let score = number(index)
            if score > top || top.isNaN && !score.isNaN { (best, top) = (index, score) }
        }
        return best
    }

    /// Writes labels and scores of a model of two classes that gives one score for each row.
    func write(
        single scores: [Double], _ pair: Pair, classes: [Int]? = nil,
        _ context: inout EvaluationContext
    ) throws {
        var pairs = try [Double](bounded: 0, count: 2 * scores.count)
        for (row, score) in scores.enumerated() {
            (pairs[2 * row], pairs[2 * row + 1]) = pair(score)
        }
        try write(&pairs, rows: scores.count, columns: 2, classes: classes, &context)
    }

    /// What is known of the outputs: labels `[N]` and scores `[N, E]`.
    func inferred(rows: Shape.Dimension, columns: Int, outputCount: Int) -> [Inferred] {
        let all: [Inferred] = [
            .tensor(labels.dataType, [rows]), .tensor(.float32, [rows, .known(columns)]),
        ]
        return Array(all.prefix(outputCount))
    }
}
