import HingeGraph

/// The discrete Fourier transform of one length, `X[k] = Σ x[j] · e^(−2πi·jk/n)`, in O(n log n) for every n.
///
/// A length of small prime factors is taken apart factor by factor, without bringing the numbers into another order in between
/// (Stockham); any other length becomes a convolution with a chirp, which transforms of such a length compute (Bluestein).
///
/// Source: Van Loan, "Computational frameworks for the fast Fourier transform", 1992; Bluestein, "A linear filtering approach to
/// the computation of discrete Fourier transform", 1970.
struct FourierTransform: Sendable {
    /// The number of elements.
    let count: Int
    private let stages: [FourierStage]
    private let chirp: FourierChirp?

    /// The largest prime factor that is taken apart; a convolution is faster than larger ones.
    private static let largestFactor = 23

    /// Works out the transform of `count` elements.
    ///
    /// - Precondition: `count` is at least 1.
    /// - Throws: ``HingeError`` with the code `limit` when there is no room for its roots of unity.
    init(count: Int) throws {
        precondition(count > 0)
        self.count = count
        if let factors = FourierTransform.factors(of: count) {
            var stages: [FourierStage] = []
            var (length, stride) = (count, 1)
            for factor in factors {
                stages.append(try FourierStage(factor: factor, length: length, stride: stride))
                length /= factor
                stride *= factor
            }
            (self.stages, chirp) = (stages, nil)
        } else {
            (stages, chirp) = ([], try FourierChirp(count: count))
        }
    }

    /// The factors of a length, if all are small.
    private static func factors(of count: Int) -> [Int]? {
        var factors: [Int] = []
        var rest = count
        for factor in [4, 2, 3, 5, 7, 11, 13, 17, 19, largestFactor] {
            while rest % factor == 0 {
                factors.append(factor)
                rest /= factor
            }
        }
        return rest == 1 ? factors : nil
    }

    /// The least length of small factors that is at least `count`.
    static func roomy(_ count: Int) -> Int {
        var power = 1
        while power < count { power *= 2 }
        return [power / 8 * 5, power / 4 * 3].first { $0 >= count } ?? power
    }

    /// The number of elements that a run needs as scratch memory.
    var scratchCount: Int { chirp.map { 4 * $0.transform.count } ?? 2 * count }

    /// The work of one run, as `parallelFor` counts it.
    var cost: Int {
        let length = chirp.map { 4 * $0.transform.count } ?? count
        return Extent.product(of: [length, 2 * (Int.bitWidth - length.leadingZeroBitCount)])
    }

    /// Transforms `count` elements in their place.
    ///
    /// - Parameter scratch: Memory for ``scratchCount`` elements.
    func run<Lane: FourierLane>(
        _ x: SplitComplex<Lane>, _ scratch: UnsafeMutablePointer<Lane>
    ) {
        if let chirp { return chirp.run(x, scratch) }
        let other = SplitComplex(real: scratch, imaginary: scratch + count)
        var (source, target) = (x, other)
        for stage in stages {
            stage.run(source, target)
            swap(&source, &target)
        }
        guard source.real != x.real else { return }
        x.real.update(from: source.real, count: count)
        x.imaginary.update(from: source.imaginary, count: count)
    }
}
