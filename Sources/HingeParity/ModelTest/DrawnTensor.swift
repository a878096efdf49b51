import HingeGraph

/// A recorded tensor among tensors of the same type and shape that were drawn at random.
struct DrawnTensor {
    private let tensor: Tensor
    private let tolerance: ElementTolerance
    /// The elements of the recorded tensor and of each draw after it, strings as numbers.
    private let samples: [[Double]]

    /// Creates a comparison; `nil` when there is nothing to compare.
    init?(_ tensor: Tensor, _ draws: [Tensor], _ tolerance: ElementTolerance) {
        self.tensor = tensor
        self.tolerance = tolerance
        let all = [tensor] + draws
        if tensor.dataType == .string {
            var numbers: [ByteString: Double] = [:]
            samples = all.map { tensor in
                (tensor.strings ?? []).map { text in
                    let number = numbers[text] ?? Double(numbers.count)
                    numbers[text] = number
                    return number
                }
            }
        } else {
            samples = all.compactMap(\.reals)
        }
        guard samples.count == all.count, !draws.isEmpty, !samples[0].isEmpty else { return nil }
    }

    private var count: Int { samples[0].count }

    /// Why the recorded tensor can't be one of the draws; `nil` when it can.
    ///
    /// - Parameters:
    ///   - part: The part of a value that the tensor is.
    ///   - isFinal: Whether what is found is held against the tensor, not looked at again with more draws.
    func difference(_ part: String, isFinal: Bool) -> ValueDifference? {
        var lone = [Int](repeating: 0, count: samples.count)
        var distances = [Double](repeating: 0, count: samples.count)
        var spread = 0
        var first: Int?
        for index in 0..<count {
            let column = samples.map { $0[index] }
            let alone = self.alone(in: column, of: Array(samples.indices))
            for sample in alone { lone[sample] += 1 }
            if alone.contains(0), first == nil { first = index }
            if add(column, to: &distances) { spread += 1 }
        }
        if let first, lone[0] > lone.dropFirst().max() ?? 0 {
            return ValueDifference(
                part: part, place: tensor.coordinates(of: first),
                expected: text(first), found: "\(values(at: first)) in \(samples.count - 1) draws")
        }
        guard tensor.dataType != .string else { return nil }
        let measures: [(name: String, values: [Double])] = [
            ("mean", samples.map { mean($0) { $0 } }),
            ("mean of squares", samples.map { mean($0) { $0 * $0 } }),
            ("mean of squared deviations", distances.map { $0 / Double(max(spread, 1)) }),
        ]
        for (name, values) in measures {
            let limit = DrawLimit(
                values.dropFirst(), measureCount: measures.count, countsSkewness: isFinal)
            let rounding = tolerance.absolute + tolerance.relative * abs(limit.mean)
            guard abs(values[0] - limit.mean) > rounding, !limit.allows(values[0]) else { continue }
            return ValueDifference(
                part: part, expected: "a \(name) of \(Float(values[0]))",
                found:
                    "one of \(Float(limit.mean)) ± \(Float(limit.deviation)) in \(samples.count - 1) draws"
            )
        }
        return nil
    }

    /// Why the recorded tensor can't be one of the draws beside another tensor; `nil` when it can.
    func difference(beside other: DrawnTensor, named name: String) -> ValueDifference? {
        guard other.tensor.shape == tensor.shape else { return nil }
        var lone = [Int](repeating: 0, count: samples.count)
        var first: Int?
        for index in 0..<count {
            let column = other.samples.map { $0[index] }
            for alike in groups(samples.map { $0[index] }, of: Array(samples.indices)) {
                for sample in other.alone(in: column, of: alike) {
                    lone[sample] += 1
                    if sample == 0, first == nil { first = index }
                }
            }
        }
        guard let first, lone[0] > lone.dropFirst().max() ?? 0 else { return nil }
        return ValueDifference(
            place: tensor.coordinates(of: first),
            expected: "\(text(first)) where '\(name)' is \(other.text(first))",
            found: "no such pair in \(samples.count - 1) draws")
    }

    /// The samples, of some, whose number is equal to that of no other.
    private func alone(in column: [Double], of members: [Int]) -> [Int] {
        groups(column, of: members).compactMap { $0.count == 1 ? $0[0] : nil }
    }

    /// Some samples, together where their numbers are equal.
    private func groups(_ column: [Double], of members: [Int]) -> [[Int]] {
        let order = members.sorted { a, b in
            column[b].isNaN ? !column[a].isNaN : column[a] < column[b]
        }
        var groups: [[Int]] = []
        for sample in order {
            if let last = groups.last?.last,
                tolerance.allows(column[last], column[sample], tensor.dataType)
            {
                groups[groups.count - 1].append(sample)
            } else {
                groups.append([sample])
            }
        }
        return groups
    }

    /// Adds the squared distance of each number from the mean of all, in standard deviations.
    ///
    /// - Returns: Whether the numbers differ by more than rounding.
    private func add(_ column: [Double], to distances: inout [Double]) -> Bool {
        guard column.allSatisfy(\.isFinite), let smallest = column.min(),
            let largest = column.max(),
            !tolerance.allows(smallest, largest, tensor.dataType)
        else { return false }
        let moments = Moments(column[...])
        guard moments.deviation > 0 else { return false }
        for sample in column.indices {
            let distance = (column[sample] - moments.mean) / moments.deviation
            distances[sample] += distance * distance
        }
        return true
    }

    private func mean(_ numbers: [Double], _ measure: (Double) -> Double) -> Double {
        var sum = 0.0
        for number in numbers where number.isFinite { sum += measure(number) }
        return sum / Double(numbers.count)
    }

    private func text(_ index: Int) -> String {
        if let strings = tensor.strings { return "'\(strings[index])'" }
        return tensor.dataType.text(samples[0][index])
    }

    /// The numbers that draws have in a place, a few of them.
    private func values(at index: Int) -> String {
        guard tensor.dataType != .string else { return "others" }
        let drawn = Set(samples.dropFirst().map { $0[index] }).sorted()
        let shown = drawn.prefix(4).map { tensor.dataType.text($0) }.joined(separator: ", ")
        return drawn.count > 4 ? "\(shown), …" : shown
    }
}
