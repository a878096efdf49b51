import HingeGraph

@testable import HingeOperators

extension Specimens {
    private static let size = Tensor(scalar: Int64(6))
    /// `[2, 3, 4, 1]`, real numbers.
    private static let signal = slopes(2, 3, 4, 1)
    private static let complex = slopes(2, 5, 2)
    private static let recording = slopes(2, 12, 1)
    private static let scores = slopes(2, 3, 2)
    private static let classes = Tensor([0, 2, 1, 1] as [Int64], shape: [2, 2])

    static let signals: [Specimen] = [
        Specimen("HannWindow", HannWindow(), [size], lowest: 11, units: 4),
        Specimen("HammingWindow", HammingWindow(isPeriodic: false), [size], lowest: 11, units: 4),
        Specimen(
            "BlackmanWindow", BlackmanWindow(dataType: .float64), [size], lowest: 11, units: 4),
        Specimen(
            "MelWeightMatrix", MelWeightMatrix(dataType: .float16),
            [4, 16, 8000].map { Tensor(scalar: Int64($0)) } + [scalar(100), scalar(3800)],
            lowest: 17),
        Specimen("DFT", DFT(), [signal], lowest: 11, units: 32),
        Specimen(
            "DFT along an axis", DFT(axis: 1), [signal], constants: [2], lowest: 11, units: 32),
        Specimen(
            "DFT along a computed axis", DFT(), [signal, nil, Tensor(scalar: Int64(0))], lowest: 11,
            units: 32),
        Specimen("DFT, half", DFT(isOneSided: true), [signal, axis(3)], lowest: 11, units: 32),
        Specimen(
            "DFT of half", DFT(isInverse: true, isOneSided: true, axis: -2), [complex],
            constants: [2], lowest: 11, units: 32),
        Specimen("STFT", STFT(), [recording, axis(2), slopes(4)], lowest: 11, units: 32),
        Specimen(
            "STFT of frames", STFT(isOneSided: false), [recording, axis(3), nil, axis(5)],
            lowest: 11, units: 32),
    ]

    static let losses: [Specimen] = [
        Specimen(
            "NegativeLogLikelihoodLoss", NegativeLogLikelihoodLoss(), [scores, classes], lowest: 12),
        Specimen(
            "NegativeLogLikelihoodLoss, weighted",
            NegativeLogLikelihoodLoss(reduction: .none, ignoredClass: 2),
            [scores, classes, slopes(3)], lowest: 12),
        Specimen(
            "SoftmaxCrossEntropyLoss", SoftmaxCrossEntropyLoss(reduction: .sum),
            [scores, classes, slopes(3)], outputs: 2, lowest: 12),
    ]

    static let optimizers: [Specimen] = [
        Specimen(
            "Adagrad", Adagrad(decayFactor: 0.1),
            [scalar(0.1), size, x, above, inside, above, above, above],
            outputs: 4, lowest: 1),
        Specimen(
            "Adam", Adam(normCoefficient: 0.01), [scalar(0.1), size, x, inside, inside, above],
            outputs: 3, lowest: 1),
        Specimen(
            "Momentum", Momentum(mode: .nesterov, alpha: 0.9, beta: 0.5),
            [scalar(0.1), size, x, above, inside], outputs: 2, lowest: 1),
    ]

    static let texts: [Specimen] = [
        Specimen("RegexFullMatch", RegexFullMatch(pattern: "a+"), [words], lowest: 20),
        Specimen("StringConcat", StringConcat(), [words, words], lowest: 20),
        Specimen("StringNormalizer", StringNormalizer(caseChange: .upper), [words], lowest: 10),
        Specimen("StringSplit", StringSplit(delimiter: "a"), [words], outputs: 2, lowest: 20),
        Specimen(
            "TfIdfVectorizer",
            TfIdfVectorizer(
                mode: .weightedCount, lengths: 1...2, pool: .strings(["a", "b", "a", "b"]),
                starts: [0, 2], places: [0, 2, 1], weights: [1, 2, 3]), [words], lowest: 9),
    ]
}
