import Foundation

/// How far a measure of a recorded value may be from the mean of the same measure of draws.
///
/// A right value exceeds it in less than one of a million tests. Were all measures normal, five and a half standard
/// deviations would do. They are not where few elements decide, or elements that rarely are something else, as a `Bernoulli`
/// of probability 0.04: a measure with a long tail on one side is six deviations away once in hundreds of tests. So the
/// draws' skewness counts too. The measure is taken for one of a gamma distribution, which has any mean, deviation σ and
/// skewness γ ≥ 0 (or is mirrored), and lies, beside its mean, above σ (√(2t) + γ t / 2), and below −σ √(2t), with a
/// probability of at most e⁻ᵗ each.
///
/// Source: Boucheron, Lugosi and Massart, Concentration Inequalities (2013), section 2.4, on sub-gamma variables.
struct DrawLimit {
    private let moments: Moments
    /// t, of which e⁻ᵗ is the probability that a right value exceeds one side of the limit.
    private let exponent: Double

    /// How often fault may be found with a right value.
    static let significance = 1e-6

    private let countsSkewness: Bool

    /// - Parameters:
    ///   - draws: The measure of each draw.
    ///   - measureCount: The number of measures by which the value is judged.
    ///   - countsSkewness: Whether the limit is as wide as it must be. Without, more right values exceed it, and fewer wrong
    ///     ones stay within by the error that the skewness of few draws has.
    init(_ draws: ArraySlice<Double>, measureCount: Int, countsSkewness: Bool) {
        self.countsSkewness = countsSkewness
        moments = Moments(draws)
        exponent = log(Double(2 * measureCount) / Self.significance)
    }

    /// The mean of the draws.
    var mean: Double { moments.mean }
    /// The standard deviation of the draws.
    var deviation: Double { moments.deviation }

    /// Whether a measure is within the limit.
    func allows(_ measure: Double) -> Bool {
        let distance = measure - mean
        let tail = countsSkewness ? max((distance < 0 ? -1 : 1) * moments.skewness, 0) : 0
        return abs(distance) <= deviation * ((2 * exponent).squareRoot() + tail * exponent / 2)
    }
}

/// The first three moments of some numbers.
struct Moments {
    /// The mean.
    let mean: Double
    /// The standard deviation.
    let deviation: Double
    /// The mean of the cubes of the distances from the mean, in standard deviations.
    let skewness: Double

    init(_ numbers: ArraySlice<Double>) {
        let count = Double(max(numbers.count, 1))
        let mean = numbers.reduce(0, +) / count
        let squares = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        let cubes = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) * ($1 - mean) }
        let deviation = (squares / count).squareRoot()
        self.mean = mean
        self.deviation = deviation
        skewness = deviation > 0 ? cubes / count / (deviation * deviation * deviation) : 0
    }
}
