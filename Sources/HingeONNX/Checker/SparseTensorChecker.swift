import HingeGraph

/// Checks that the parts of a sparse tensor fit each other.
enum SparseTensorChecker {
    static func check(_ sparse: SparseTensor, _ collector: FindingCollector) {
        func fail(_ message: String) { collector.error(.sparseTensor, message) }
        guard sparse.values.rank == 1 else {
            return fail("expected a vector of values, found the shape \(sparse.values.shape)")
        }
        let count = sparse.values.count
        let rank = sparse.shape.count
        guard sparse.indices.dataType == .int64 else {
            return fail("expected int64 indices, found \(sparse.indices.dataType)")
        }
        let isLinear = sparse.indices.shape == [count]
        guard isLinear || sparse.indices.shape == [count, rank] else {
            return fail(
                "expected indices of the shape [\(count)] or [\(count), \(rank)], found "
                    + "\(sparse.indices.shape)")
        }
        guard let size = try? Tensor.count(of: sparse.shape) else {
            return fail("the shape \(sparse.shape) has more elements than fit in memory")
        }
        guard let indices = try? sparse.indices.array(of: Int64.self) else {
            return fail("the \(count) indices are more than fit in memory")
        }
        var previous: Int64 = -1
        for element in 0..<count {
            var index = isLinear ? indices[element] : 0
            if !isLinear {
                for axis in 0..<rank {
                    let coordinate = indices[element * rank + axis]
                    guard coordinate >= 0, coordinate < Int64(sparse.shape[axis]) else {
                        return fail(
                            "the index \(coordinate) is outside of axis \(axis) of "
                                + "\(sparse.shape)")
                    }
                    index = index * Int64(sparse.shape[axis]) + coordinate
                }
            }
            guard index >= 0, index < Int64(size) else {
                return fail("the index \(index) is outside of the \(size) elements")
            }
            guard index > previous else {
                return fail("expected ascending indices, found \(index) after \(previous)")
            }
            previous = index
        }
    }
}
