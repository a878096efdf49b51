import HingeGraph

@testable import HingeOperators

extension Sample {
    /// Operators of `ai.onnx.ml` with what was learned.
    static let learned: [Sample] = {
        let matrix = Specimens.slopes(3, 4)
        let places = Tensor([2, 0, 2, 1, -1, 7] as [Int64], shape: [2, 3])
        let table = LabelEncoder.Table(
            keys: .ints(0, 1, 2), values: Tensor([0.5, 2, -1] as [Float]),
            defaultValue: Tensor([9] as [Float]))
        let samples = [
            Sample(ArrayFeatureExtractor(), [matrix, .ints(3, 0)]),
            Sample(Binarizer(threshold: 0.5), [Specimens.x]),
            Sample(FeatureVectorizer(columns: [2, 5]), [matrix, matrix]),
            Sample(Imputer(.real(replaced: 0.5, by: [-1])), [Specimens.x]),
            Sample(Imputer(.real(replaced: 0.5, by: [1, 2, 3, 4])), [Specimens.x]),
            Sample(LabelEncoder(table), [places]),
            Sample(Normalizer(norm: .l1), [matrix]),
            Sample(OneHotEncoder(categories: .integers([2, 1])), [places]),
            Sample(Scaler(offset: [1], scale: [2]), [Specimens.x]),
            Sample(Scaler(offset: [1, 2, 3, 4], scale: [2, 2, 2, 1]), [Specimens.x]),
            Sample(
                LinearRegressor(coefficients: [1, 2, 3, 4, 5, 6, 7, 8], targetCount: 2), [matrix]),
            Sample(
                LinearClassifier(
                    coefficients: [1, 2, 3, 4, 4, 3, 2, 1], labels: .integers([7, 5])), [matrix]),
            Sample(
                SVMRegressor(
                    vectors: [1, 2, 3, 4, 0, 1, 0, 1], vectorCount: 2, coefficients: [0.5, -1],
                    rho: 0.25, kernel: SupportVectorKernel(.radial, gamma: 0.1)), [matrix]),
            Sample(
                SVMClassifier(
                    vectors: [1, 2, 3, 4, 0, 1, 0, 1], vectorCounts: [1, 1],
                    coefficients: [0.5, -1], rho: [0.25], labels: .integers([3, 4])), [matrix]),
        ]
        do {
            let forest = try TreeTests.forest(trees: 3, depth: 3, features: 4, targets: 2)
            return samples + [
                Sample(try TreeEnsemble(forest, targetCount: 2), [matrix]),
                Sample(try TreeEnsembleRegressor(forest, targetCount: 2), [matrix]),
                Sample(
                    try TreeEnsembleClassifier(forest, labels: .integers([4, 9])), [matrix]),
            ]
        } catch {
            fatalError("\(error)")
        }
    }()
}
