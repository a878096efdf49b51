import HingeGraph
import Testing

@testable import HingeOperators

/// Classifiers and regressors.
///
/// The expected values are those of ONNX Runtime 1.32, or of the standard's reference evaluator, onnx 1.23, where a test says
/// so. They are float32; sums of a few numbers agree to some units in the last place.
@Suite("Learned models")
struct ClassifierTests {
    static let x = Tensor([-1, 0.2, 1, 0.3, 0.1, 0.1] as [Float], shape: [3, 2])
    static let vectors: [Float] = [0.3, 0.2, -0.4, 0.6, 0.1, 0.1]

    private func check(
        _ operation: any Operator, labels: [Int64], scores: [Double], floor: Double = 0.1,
        _ x: Tensor = ClassifierTests.x
    ) throws {
        let found = try OperatorHarness.evaluate(operation, [x], outputs: 2)
        #expect(try found[0]?.array(of: Int64.self) == labels)
        let values = try #require(found[1])
        #expect(values.shape == [labels.count, scores.count / labels.count])
        try expectClose(values, scores, units: 8, floor: floor)
    }

    @Test func threeClassesOfALinearModel() throws {
        let model = LinearClassifier(
            coefficients: [0.5, 0.1, 0.3, -0.1, -0.2, 0.4], intercepts: [0.1, 0.2, 0.3],
            labels: .integers([7, 8, 9]), transform: .softmax)
        let scores = [
            0.2037229686975479, 0.264214426279068, 0.5320625901222229, 0.3974888324737549,
            0.33871760964393616, 0.2637935280799866, 0.30908581614494324, 0.3281986117362976,
            0.36271557211875916,
        ]
        try check(model, labels: [9, 7, 9], scores: scores)
        let wide = try Self.x.converted(to: .float64)
        try check(model, labels: [9, 7, 9], scores: scores, wide)
        let row = Tensor([-1, 0.2] as [Float])
        try check(model, labels: [9], scores: Array(scores.prefix(3)), row)
    }

    /// As the reference evaluator has it, also of no intercepts.
    @Test func oneScoreOfTwoClassesStandsForBoth() throws {
        let model = LinearClassifier(
            coefficients: [0.5, 0.1], intercepts: [0.2], labels: .integers([5, 7]))
        try check(model, labels: [5, 7, 7], scores: [0.28, -0.28, -0.73, 0.73, -0.26, 0.26])
        let logistic = LinearClassifier(
            coefficients: [0.5, 0.1], intercepts: [0.2], labels: .integers([5, 7]),
            transform: .logistic)
        try check(
            logistic, labels: [5, 7, 7],
            scores: [
                0.5695462226867676, 0.4304537773132324, 0.325194776058197, 0.674805223941803,
                0.4353637099266052, 0.5646362900733948,
            ])
        let plain = LinearClassifier(coefficients: [0.5, 0.1], labels: .integers([5, 7]))
        try check(plain, labels: [5, 7, 7], scores: [0.48, -0.48, -0.53, 0.53, -0.06, 0.06])
    }

    @Test func countsMustFit() throws {
        let model = LinearClassifier(
            coefficients: [1, 2, 3], intercepts: [1, 2], labels: .integers([5, 7]))
        let error = #expect(throws: HingeError.self) { try OperatorHarness.value(model, Self.x) }
        #expect(error?.message == "expected 2 × 2 coefficients, found 3")
        let cube = #expect(throws: HingeError.self) {
            try OperatorHarness.value(model, Tensor.counting(1, 1, 2))
        }
        #expect(cube?.message == "expected rows of features, [N, F] or [F], found [1, 1, 2]")
    }

    /// The sums of pairs of classes, by kernel function.
    static let kernels: [(SupportVectorKernel.Formula, [Double])] = [
        (
            .polynomial,
            [
                -0.07486999034881592, 0.21026000380516052, -0.23961001634597778,
                0.17872999608516693, 0.2383349984884262, -0.3338100016117096, 0.09049250185489655,
                0.22108250856399536, -0.3067600131034851,
            ]
        ),
        (
            .sigmoid,
            [
                -0.16924799978733063, 0.2533360421657562, -0.24180305004119873,
                0.20529595017433167, 0.3015279173851013, -0.3802638649940491, 0.05612873286008835,
                0.277686208486557, -0.3254295587539673,
            ]
        ),
        (
            .linear,
            [
                -0.39400002360343933, 0.15799999237060547, -0.1119999885559082, 0.43400001525878906,
                0.2619999945163727, -0.4180000126361847, 0.11100000143051147, 0.20900000631809235,
                -0.3020000159740448,
            ]
        ),
    ]

    @Test("Support vectors", arguments: kernels)
    func supportVectors(_ formula: SupportVectorKernel.Formula, _ sums: [Double]) throws {
        let model = SVMClassifier(
            vectors: Self.vectors, vectorCounts: [1, 1, 1],
            coefficients: [0.5, -0.7, 0.2, 0.1, 0.3, -0.4], rho: [0.1, 0.2, -0.3],
            labels: .integers([4, 5, 6]),
            kernel: SupportVectorKernel(formula, gamma: 0.5, coefficient: 0.25, degree: 2))
        try check(model, labels: [4, 4, 4], scores: sums)
    }

    /// ONNX Runtime iterates in single precision, and ends at the same step here.
    @Test func probabilitiesOfPairsAreCoupled() throws {
        let odds = zip([-1, -0.5, -2] as [Float], [0.3, 0.1, -0.2] as [Float]).map {
            SVMClassifier.Odds(factor: $0, offset: $1)
        }
        let model = SVMClassifier(
            vectors: Self.vectors, vectorCounts: [1, 1, 1],
            coefficients: [0.5, -0.7, 0.2, 0.1, 0.3, -0.4], rho: [0.1, 0.2, -0.3], odds: odds,
            labels: .integers([4, 5, 6]),
            kernel: SupportVectorKernel(.radial, gamma: 0.5, coefficient: 0.25, degree: 2))
        try check(
            model, labels: [4, 4, 4],
            scores: [
                0.2878197729587555, 0.3397184908390045, 0.3724617660045624, 0.344725102186203,
                0.26397937536239624, 0.39129552245140076, 0.33062249422073364, 0.2775598168373108,
                0.39181771874427795,
            ], floor: 1)
    }

    @Test func regressionBySupportVectors() throws {
        var model = SVMRegressor(
            vectors: Self.vectors, vectorCount: 3, coefficients: [0.5, -0.7, 0.2], rho: 0.1,
            kernel: SupportVectorKernel(.radial, gamma: 0.5))
        let y = try OperatorHarness.value(model, Self.x)
        #expect(y.shape == [3, 1])
        try expectClose(
            y, [-0.1162872239947319, 0.368996798992157, 0.2424944043159485], units: 8, floor: 1)
        model.isOneClass = true
        #expect(try OperatorHarness.value(model, Self.x).array(of: Float.self) == [-1, 1, 1])
    }

    @Test func linearRegression() throws {
        let model = LinearRegressor(
            coefficients: [0.5, 0.1, 0.2, 0.3], intercepts: [1, -1], targetCount: 2)
        let y = try OperatorHarness.value(model, Self.x)
        // Plain sums.
        try expectClose(y, [0.52, -1.14, 1.53, -0.71, 1.06, -0.95], units: 4, floor: 1)
        let error = #expect(throws: HingeError.self) {
            try OperatorHarness.value(model, Tensor.counting(2, 3))
        }
        #expect(error?.message == "expected rows of 2 features, found 3")
    }

    /// A stump that votes with the given weights for class 0, or for all classes.
    private func stump(_ weights: [[Double]], classes: Int) -> Forest {
        Forest(
            branches: [
                Forest.Branch(
                    feature: 0, mode: .lessOrEqual, threshold: 0, whenTrue: ~0, whenFalse: ~1,
                    missingIsTrue: false)
            ],
            votes: weights.flatMap { row in
                row.enumerated().map { Forest.Vote(target: $0.offset, weight: $0.element) }
            }, leafStarts: [0, weights[0].count, 2 * weights[0].count], roots: [0], type: .float32)
    }

    /// The pairs of one score, 0.3 or −0.3 in the first row and 0.7 in the second.
    static let pairs: [(Bool, PostTransform, [Double]?, [Int64], [Double])] = [
        (true, .none, nil, [5, 7], [0.7, 0.3, 0.3, 0.7]),
        (false, .none, nil, [5, 7], [0.3, -0.3, -0.7, 0.7]),
        (true, .none, [0.1], [5, 7], [0.6, 0.4, 0.2, 0.8]),
        (
            false, .logistic, nil, [5, 7],
            [0.5744425058364868, 0.4255574941635132, 0.3318122625350952, 0.6681877374649048]
        ),
        // ONNX Runtime leaves this transform out: the reference evaluator.
        (
            false, .softmax, nil, [5, 7],
            [0.6456562876701355, 0.3543436825275421, 0.19781611859798431, 0.8021839261054993]
        ),
    ]

    @Test("One score of trees stands for two classes", arguments: pairs)
    func pair(
        _ isPositive: Bool, _ transform: PostTransform, _ base: [Double]?, _ labels: [Int64],
        _ scores: [Double]
    ) throws {
        let forest = stump([[isPositive ? 0.3 : -0.3], [0.7]], classes: 1)
        let model = try TreeEnsembleClassifier(
            forest, labels: .integers([5, 7]), baseValues: base ?? [], transform: transform)
        try check(
            model, labels: labels, scores: scores, Tensor([-1, 1] as [Float], shape: [2, 1]))
    }

    /// Scores of three classes, after each transform.
    static let transforms: [(PostTransform, [Double])] = [
        (.none, [0.3, 0.5, 0.2, 0.1, 0, 0.9]),
        (
            .logistic,
            [
                0.5744425058364868, 0.622459352016449, 0.5498339533805847, 0.5249791741371155, 0.5,
                0.7109494805335999,
            ]
        ),
        (
            .softmax,
            [
                0.31987303495407104, 0.3906938135623932, 0.289433091878891, 0.24210858345031738,
                0.21906889975070953, 0.5388225317001343,
            ]
        ),
        (
            .softmaxZero,
            [
                0.31987303495407104, 0.3906938135623932, 0.289433091878891, 0.31002551317214966, 0,
                0.6899744272232056,
            ]
        ),
        (
            .probit,
            [
                -0.5244455933570862, 0, -0.8417559266090393, -1.2817128896713257, -.infinity,
                1.2817127704620361,
            ]
        ),
    ]

    @Test("Transforms of the scores of trees", arguments: transforms)
    func transform(_ transform: PostTransform, _ scores: [Double]) throws {
        let forest = stump([[0.3, 0.5, 0.2], [0.1, 0, 0.9]], classes: 3)
        let model = try TreeEnsembleClassifier(
            forest, labels: .integers([5, 7, 9]), transform: transform)
        let x = Tensor([-1, 1] as [Float], shape: [2, 1])
        try check(model, labels: [7, 9], scores: scores, floor: 1, x)
        let words = try TreeEnsembleClassifier(forest, labels: .strings(["a", "b", "c"]))
        #expect(try OperatorHarness.value(words, x).strings == ["b", "c"])
    }

    /// Two classes that both have votes: the class of the largest score, as the standard says.
    @Test func bothOfTwoClassesMayHaveVotes() throws {
        let forest = stump([[0.3, 0.7], [0.8, 0.2]], classes: 2)
        let model = try TreeEnsembleClassifier(forest, labels: .integers([5, 7]))
        try check(
            model, labels: [7, 5], scores: [0.3, 0.7, 0.8, 0.2],
            Tensor([-1, 1] as [Float], shape: [2, 1]))
    }
}
