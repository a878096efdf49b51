import HingeGraph

/// Products of rows of features with rows of coefficients, in double precision.
struct LinearProduct: Sendable {
    private let coefficients: [Double]
    private let intercepts: [Double]
    private let outputs: Int
    private let rows: FeatureRows

    /// - Precondition: There are `outputs` rows of as many coefficients as features, and as many intercepts or none.
    init(
        _ coefficients: [Float], _ intercepts: [Float], outputs: Int, _ rows: FeatureRows
    ) {
        self.coefficients = coefficients.map { Double($0) }
        self.intercepts =
            intercepts.isEmpty
            ? [Double](repeating: 0, count: outputs) : intercepts.map { Double($0) }
        self.outputs = outputs
        self.rows = rows
    }

    /// The sums, `[N, outputs]`, row by row.
    func callAsFunction(_ x: Tensor) throws -> [Double] {
        let count = Extent.product(of: [rows.rows, outputs])
        var results = try [Double](bounded: 0, count: count)
        let features = try x.doubles()
        let columns = rows.columns
        features.withUnsafeBufferPointer { features in
            coefficients.withUnsafeBufferPointer { coefficients in
                intercepts.withUnsafeBufferPointer { intercepts in
                    results.withUnsafeMutableBufferPointer { results in
                        // Each row of results is written by the one range that holds its number.
                        nonisolated(unsafe) let results = results
                        parallelFor(rows.rows, cost: 4 * coefficients.count) { range in
                            for row in range {
                                for output in 0..<outputs {
                                    var sum = 0.0
                                    for column in 0..<columns {
                                        sum +=
                                            features[row * columns + column]
                                            * coefficients[output * columns + column]
                                    }
                                    results[row * outputs + output] = sum + intercepts[output]
                                }
                            }
                        }
                    }
                }
            }
        }
        return results
    }
}

extension PostTransform {
    /// Transforms rows of scores and writes them to a tensor of floating-point numbers.
    ///
    /// - Precondition: the tensor has as many elements as there are scores.
    func write(_ scores: inout [Double], columns: Int, to y: OutputTensor) throws {
        try y.withReals(Double.self) { results in
            scores.withUnsafeMutableBufferPointer { scores in
                if self != .none, columns > 0 {
                    for start in stride(from: 0, to: scores.count, by: columns) {
                        apply(
                            UnsafeMutableBufferPointer(
                                rebasing: scores[start..<start + columns]))
                    }
                }
                for index in scores.indices { results[index] = scores[index] }
            }
        }
    }
}
