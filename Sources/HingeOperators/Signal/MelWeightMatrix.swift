import HingeGraph

/// The matrix `[S, M]` that takes a spectrum of S = ⌊length / 2⌋ + 1 frequencies to M bands, evenly spaced on the mel scale:
/// each band is a triangle with a peak of 1.
///
/// The inputs are single numbers: M, the length of the Fourier transform, the samples per second, and the lowest and highest
/// frequency in hertz. The mel of a frequency `f` is `2595 · log₁₀(1 + f / 700)`. The M + 2 corners of the triangles lie
/// `(highest − lowest) / (M + 2)` apart, in mel, from the lowest on, as the standard's reference has it, and at whole indices of
/// the spectrum.
///
/// Source: ONNX MelWeightMatrix 17.
public struct MelWeightMatrix: Operator {
    /// The element type.
    public var dataType: DataType

    /// Creates the operator.
    public init(dataType: DataType = .float32) {
        self.dataType = dataType
    }
}

public extension MelWeightMatrix {
    static let type = "MelWeightMatrix"

    init(_ node: NodeReader) throws {
        dataType = try node.outputType("output_datatype") ?? .float32
    }

    func spell(_ speller: inout Speller) {
        speller.emit(Self.type, [.dataType("output_datatype", dataType)])
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        try context.requireScalars(0..<5)
        let bands = context.elements(0)?.first ?? .unknown
        let length = context.integers(1)?.first
        try context.require(
            bands.extent ?? 0 >= 0 && length ?? 0 >= 0,
            "expected a number of bands and a length, found \(bands) and \(length ?? 0)")
        return [.tensor(dataType, [length.map { .known($0 / 2 + 1) } ?? .unknown, bands])]
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        [
            0: .exactly([4]), 1: .exactly([32]), 2: .exactly([16000]), 3: .within(0, 100),
            4: .within(4000, 8000),
        ]
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        let bands = try context.input(0).integer()
        let length = try context.input(1).integer()
        guard bands >= 0, length >= 0 else {
            throw HingeError(
                .mismatch,
                "expected a number of bands and a length, found \(bands) and \(length)")
        }
        let bins = length / 2 + 1
        try MemoryLimit.check(.float64, [bins, bands])
        try MemoryLimit.checkArray(of: Int.self, count: (Extent(bands) + 2).value)
        let corners = try corners(context, bands: bands, length: length, bins: bins)
        var weights = try [Double](bounded: 0, count: bins * bands)
        for band in 0..<bands {
            let (low, peak, high) = (corners[band], corners[band + 1], corners[band + 2])
            for bin in low..<peak {
                weights[bin * bands + band] = Double(bin - low) / Double(peak - low)
            }
            weights[peak * bands + band] = 1
            for bin in peak..<high {
                weights[bin * bands + band] = Double(high - bin) / Double(high - peak)
            }
        }
        try context.output(0, dataType, [bins, bands]).fill(cost: 1) { weights[$0] }
    }

    /// The indices of the spectrum at which triangles begin, peak and end, in order.
    private func corners(
        _ context: EvaluationContext, bands: Int, length: Int, bins: Int
    ) throws -> [Int] {
        let rate = try context.input(2).integer()
        guard rate > 0 else {
            throw HingeError(.mismatch, "expected samples per second, found \(rate)")
        }
        let edges = try [3, 4].map { index -> Double in
            let edge = try context.input(index)
            guard edge.count == 1, let hertz = try edge.doubles().first, hertz.isFinite,
                hertz > -700
            else {
                throw HingeError(
                    .mismatch, "expected a frequency as input \(index), found \(edge.shape)")
            }
            return 2595 * RealMath.log1p(hertz / 700) / RealMath.log(10)
        }
        let step = (edges[1] - edges[0]) / Double(bands + 2)
        var corners: [Int] = []
        corners.reserveCapacity(bands + 2)
        for corner in 0..<(bands + 2) {
            let mel = Double(corner) * step + edges[0]
            let hertz = 700 * RealMath.expm1(mel / 2595 * RealMath.log(10))
            let bin = ((Double(length) + 1) * hertz / Double(rate)).rounded(.down)
            guard bin >= Double(corners.last ?? 0), bin <= Double(bins),
                let index = Int(exactly: bin)
            else {
                throw HingeError(
                    .mismatch,
                    "expected ascending frequencies within \(bins) bins of \(rate) hertz, found bin \(bin)"
                )
            }
            corners.append(index)
        }
        guard bands == 0 || corners[bands] < bins else {
            throw HingeError(
                .mismatch,
                "expected the last band to peak within \(bins) bins, found bin \(corners[bands])")
        }
        return corners
    }
}

extension MelWeightMatrix: UndifferentiatedOperator {
    /// Its inputs are settings.
    public static var derivativeAbsence: DerivativeAbsence {
        .unstated("its inputs are settings")
    }
}
