import HingeGraph

/// N-grams as paths from a root: each step is a token, and a node where an n-gram ends knows its number.
struct NgramTree: Sendable {
    private let kind: Kind
    private let steps: [Step: Int]
    /// The number of the n-gram that ends at each node; −1 for none.
    private let grams: [Int]
    /// The number of n-grams in the pool.
    private let gramCount: Int
    private let lengths: ClosedRange<Int>

    /// The numbers that tokens have here.
    private enum Kind: Sendable {
        case integers([Int: Int])
        case strings([ByteString: Int])
    }

    private struct Step: Hashable {
        let node: Int
        let token: Int
    }

    /// Takes the n-grams of the given lengths from a pool.
    ///
    /// - Throws: ``HingeError`` when the pool isn't one of n-grams, or has one twice.
    init(
        _ pool: TfIdfVectorizer.Pool, starts: [Int], lengths: ClosedRange<Int>, gramCount: Int
    ) throws {
        let tokens: [Int]
        (kind, tokens) = NgramTree.numbered(pool)
        var steps: [Step: Int] = [:]
        var found = [-1]
        var gram = 0
        for (index, start) in starts.enumerated() {
            let end = index + 1 < starts.count ? starts[index + 1] : tokens.count
            let length = index + 1
            guard start >= 0, end >= start, end <= tokens.count, (end - start) % length == 0 else {
                throw HingeError(
                    .badData,
                    "expected \(length)-grams from token \(start) to before \(end) of \(tokens.count)",
                    at: [.attribute("ngram_counts")])
            }
            for first in stride(from: start, to: end, by: length) {
                defer { gram += 1 }
                guard gram < gramCount else { break }
                guard lengths.contains(length) else { continue }
                var node = 0
                for token in tokens[first..<first + length] {
                    let step = Step(node: node, token: token)
                    node = steps[step] ?? found.count
                    guard node == found.count else { continue }
                    steps[step] = node
                    found.append(-1)
                }
                guard found[node] < 0 else {
                    throw HingeError(
                        .badData, "expected n-grams that differ, found number \(gram) again",
                        at: [.attribute("ngram_counts")])
                }
                found[node] = gram
            }
        }
        guard gram == gramCount else {
            throw HingeError(
                .badData, "expected a place of each n-gram, found \(gramCount)",
                at: [.attribute("ngram_indexes")])
        }
        self.steps = steps
        grams = found
        self.gramCount = gramCount
        self.lengths = lengths
    }

    private static func numbered(_ pool: TfIdfVectorizer.Pool) -> (Kind, [Int]) {
        func number<Token: Hashable>(_ pool: [Token]) -> (numbers: [Token: Int], tokens: [Int]) {
            var numbers: [Token: Int] = [:]
            let tokens = pool.map { token -> Int in
                let number = numbers[token] ?? numbers.count
                numbers[token] = number
                return number
            }
            return (numbers, tokens)
        }
        switch pool {
        case .integers(let pool):
            let (numbers, tokens) = number(pool)
            return (.integers(numbers), tokens)
        case .strings(let pool):
            let (numbers, tokens) = number(pool.map { ByteString($0) })
            return (.strings(numbers), tokens)
        }
    }

    /// The numbers of a tensor's tokens; −1 for one that is in no n-gram.
    ///
    /// - Throws: ``HingeError`` when the tokens are of another kind.
    func numbers(of tensor: Tensor) throws -> [Int] {
        switch kind {
        case .integers(let numbers):
            guard tensor.dataType == .int32 || tensor.dataType == .int64 else {
                throw HingeError(.mismatch, "expected integers, found \(tensor.dataType)")
            }
            return try tensor.integers().map { numbers[$0] ?? -1 }
        case .strings(let numbers):
            guard let strings = tensor.strings else {
                throw HingeError(.mismatch, "expected strings, found \(tensor.dataType)")
            }
            return strings.map { numbers[$0] ?? -1 }
        }
    }

    /// How often each n-gram of the pool occurs in a sequence.
    ///
    /// - Throws: ``HingeError`` with the code `limit` when there is no room.
    func count(_ tokens: ArraySlice<Int>, maxSkipCount: Int) throws -> [Int] {
        var counts = try [Int](bounded: 0, count: gramCount)
        // Only what begins an n-gram is looked at again at each distance.
        let beginnings = tokens.indices.compactMap { index -> (index: Int, node: Int)? in
            guard tokens[index] >= 0, let node = steps[Step(node: 0, token: tokens[index])] else {
                return nil
            }
            return (index, node)
        }
        if lengths.lowerBound == 1 {
            for (_, node) in beginnings where grams[node] >= 0 { counts[grams[node]] += 1 }
        }
        guard lengths.upperBound > 1 else { return counts }
        for distance in 1...max(1, min((Extent(maxSkipCount) + 1).value, tokens.count)) {
            for (start, first) in beginnings {
                var (node, index) = (first, start + distance)
                while index < tokens.endIndex, tokens[index] >= 0,
                    let next = steps[Step(node: node, token: tokens[index])]
                {
                    node = next
                    index += distance
                    if grams[node] >= 0 { counts[grams[node]] += 1 }
                }
            }
        }
        return counts
    }
}
