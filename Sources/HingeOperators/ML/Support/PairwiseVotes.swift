import HingeGraph

/// What the machines of all pairs of classes say of rows: the sum of each pair, or a probability of each class, and the
/// class with most votes.
struct PairwiseVotes: Sendable {
    private let classCount: Int
    private let vectorCount: Int
    /// The first vector of each class, and the number of all.
    private let starts: [Int]
    private let coefficients: [Double]
    private let rho: [Double]
    private let odds: [(factor: Double, offset: Double)]

    /// - Precondition: the counts of the classifier fit each other, as its reading checks.
    init(_ classifier: SVMClassifier) {
        classCount = classifier.labels.count
        starts = classifier.vectorCounts.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
        vectorCount = starts[starts.count - 1]
        coefficients = classifier.coefficients.map { Double($0) }
        rho = classifier.rho.map { Double($0) }
        odds = classifier.odds.map { (Double($0.factor), Double($0.offset)) }
    }

    /// Whether there is one score for two classes.
    var isSingle: Bool { odds.isEmpty && classCount == 2 }

    /// The scores of all rows, and the class of each.
    func run(
        _ machine: SupportVectors, _ x: Tensor, rows: Int
    ) throws -> (scores: [Double], classes: [Int]) {
        let width = odds.isEmpty ? rho.count : classCount
        var scores = try [Double](bounded: 0, count: Extent.product(of: [rows, width]))
        var classes = try [Int](bounded: 0, count: rows)
        try scores.withUnsafeMutableBufferPointer { scores in
            try classes.withUnsafeMutableBufferPointer { classes in
                // Each row of results is written by the one call that has it.
                nonisolated(unsafe) let (scores, classes) = (scores, classes)
                try machine.forEachRow(x) { row, values in
                    let sums = self.sums(values)
                    classes[row] = winner(sums)
                    let results = odds.isEmpty ? sums : probabilities(sums)
                    for column in 0..<width { scores[row * width + column] = results[column] }
                }
            }
        }
        return (scores, classes)
    }

    /// The sum of each pair of classes, given the kernel function of each vector.
    private func sums(_ values: UnsafePointer<Double>) -> [Double] {
        var sums: [Double] = []
        sums.reserveCapacity(rho.count)
        for first in 0..<classCount {
            for second in (first + 1)..<classCount {
                var sum = 0.0
                for index in starts[first]..<starts[first + 1] {
                    sum += coefficients[(second - 1) * vectorCount + index] * values[index]
                }
                for index in starts[second]..<starts[second + 1] {
                    sum += coefficients[first * vectorCount + index] * values[index]
                }
                sums.append(sum + rho[sums.count])
            }
        }
        return sums
    }

    /// The first class with most votes: a sum above 0 is one for the first of its pair.
    private func winner(_ sums: [Double]) -> Int {
        var votes = [Int](repeating: 0, count: classCount)
        var index = 0
        for first in 0..<classCount {
            for second in (first + 1)..<classCount {
                votes[sums[index] > 0 ? first : second] += 1
                index += 1
            }
        }
        var best = 0
        for place in votes.indices where votes[place] > votes[best] { best = place }
        return best
    }

    /// The probability of each class that fits the odds of all pairs best.
    ///
    /// Source: Wu, Lin and Weng, "Probability estimates for multi-class classification by pairwise coupling", 2004, second
    /// method, with the bounds of LIBSVM.
    private func probabilities(_ sums: [Double]) -> [Double] {
        let count = classCount
        var pairs = [Double](repeating: 0, count: count * count)
        var index = 0
        for first in 0..<count {
            for second in (first + 1)..<count {
                let sum = sums[index] * odds[index].factor + odds[index].offset
                let share = min(max(1 - PostTransform.logistic(sum), 1e-7), 1 - 1e-7)
                pairs[first * count + second] = share
                pairs[second * count + first] = 1 - share
                index += 1
            }
        }
        return PairwiseVotes.couple(pairs, count)
    }

    private static func couple(_ pairs: [Double], _ count: Int) -> [Double] {
        var matrix = [Double](repeating: 0, count: count * count)
        for row in 0..<count {
            for column in 0..<count where column != row {
                let share = pairs[column * count + row]
                matrix[row * count + row] += share * share
                matrix[row * count + column] = -share * pairs[row * count + column]
            }
        }
        var shares = [Double](repeating: 1 / Double(count), count: count)
        var products = shares
        for _ in 0..<max(100, count) {
            var total = 0.0
            for row in 0..<count {
                products[row] = 0
                for column in 0..<count {
                    products[row] += matrix[row * count + column] * shares[column]
                }
                total += shares[row] * products[row]
            }
            let error = products.map { abs($0 - total) }.max() ?? 0
            if error < 0.005 / Double(count) { break }
            for row in 0..<count {
                let diagonal = matrix[row * count + row]
                let step = (total - products[row]) / diagonal
                shares[row] += step
                total =
                    (total + step * (step * diagonal + 2 * products[row])) / (1 + step)
                    / (1 + step)
                for column in 0..<count {
                    products[column] =
                        (products[column] + step * matrix[row * count + column]) / (1 + step)
                    shares[column] /= 1 + step
                }
            }
        }
        return shares
    }
}
