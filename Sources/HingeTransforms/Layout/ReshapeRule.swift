import HingeGraph
import HingeOperators
import HingeProgram

/// What becomes of a transposition in front of a reshape: rules 4 and 5 of ``Layout``.
enum ReshapeRule {
    typealias Finder = (Program.SlotID?, ProgramEditor) -> (
        source: Program.SlotID, permutation: Permutation
    )?

    /// Removes the transposition in front of a step, if the step reshapes and a rule holds.
    static func apply(
        _ id: Program.StepID, _ step: Program.Step, _ editor: inout ProgramEditor,
        _ transposition: Finder
    ) throws -> Bool {
        let current = step.operation
        guard current is Reshape || current is Flatten || current is Squeeze,
            let (source, permutation) = transposition(step.inputs[0], editor),
            let input = editor.shape(source), input.rank == permutation.rank,
            let output = step.outputs[0], let result = editor.shape(output)
        else { return false }
        if movesNothing(permutation, input) {
            guard let target = target(result, input) else { return false }
            try editor.replace([id], with: Reshape(shape: target), inputs: [source])
            return true
        }
        guard let user = matrixProduct(of: output, editor),
            let order = flattened(permutation, input, result),
            let product = editor.step(user), let weights = editor.constant(product.inputs[1]),
            let reordered = try reorder(weights, editor.operator(user), order)
        else { return false }
        let target = [result[0].extent ?? (input[0] == result[0] ? 0 : -1), order.count]
        try editor.replace([id], with: Reshape(shape: target), inputs: [source])
        let moved = editor.addConstant(reordered, hint: editor.hint(product.inputs[1]))
        editor.setInputs(user, [product.inputs[0], moved] + product.inputs.dropFirst(2))
        return true
    }

    /// Whether a permutation moves only dimensions of extent 1, so that the elements stay in order.
    private static func movesNothing(_ permutation: Permutation, _ input: Shape) -> Bool {
        let moved = permutation.order.filter { input[$0] != 1 }
        return moved == moved.sorted()
    }

    /// The shape to reshape to: at most one dimension is inferred, and one that is the same as the input's at
    /// its place is copied.
    private static func target(_ result: Shape, _ input: Shape) -> [Int]? {
        var target = result.dimensions.enumerated().map { index, dimension -> Int? in
            if let extent = dimension.extent { return extent }
            let isSame = dimension != .unknown && index < input.rank && input[index] == dimension
            return isSame ? 0 : nil
        }
        if target.contains(nil), target.count(where: { $0 == nil }) == 1 {
            target = target.map { $0 ?? -1 }
        }
        // A 0 copies, so that an extent of 0 can't be asked for.
        guard !result.dimensions.contains(0) else { return nil }
        let known = target.compactMap { $0 }
        return known.count == target.count ? known : nil
    }

    /// The place that each element of a flattened item has without the transposition, if the reshape
    /// flattens all but the batch.
    private static func flattened(
        _ permutation: Permutation, _ input: Shape, _ result: Shape
    ) -> [Int]? {
        guard result.rank == 2, permutation.order.first == 0, permutation.rank > 1,
            let extents = Shape(Array(input.dimensions.dropFirst())).extents,
            result[1].extent == extents.reduce(1, *)
        else { return nil }
        let inner = permutation.order.dropFirst().map { $0 - 1 }
        var strides = [Int](repeating: 1, count: extents.count)
        for index in extents.indices.dropLast().reversed() {
            strides[index] = strides[index + 1] * extents[index + 1]
        }
        var places = [0]
        for source in inner {
            places = places.flatMap { place in
                (0..<extents[source]).map { place + $0 * strides[source] }
            }
        }
        return places
    }

    /// The matrix product with constant weights that is the only one to use a value, perhaps behind operators
    /// that work on each element by itself.
    private static func matrixProduct(
        of slot: Program.SlotID, _ editor: ProgramEditor
    ) -> Program.StepID? {
        var slot = slot
        while let id = editor.soleConsumer(of: slot), let step = editor.step(id),
            step.inputs[0] == slot
        {
            let current = step.operation
            if current is MatMul { return id }
            if let gemm = current as? Gemm { return gemm.transposesA ? nil : id }
            guard current.locality == .elementwise, step.outputs.count == 1,
                let output = step.outputs[0]
            else { return nil }
            slot = output
        }
        return nil
    }

    /// The weights, `[K, M]`, with row `order[k]` taken from row `k`; `[M, K]` where the product transposes them.
    private static func reorder(
        _ weights: Tensor, _ product: (any Operator)?, _ order: [Int]
    ) throws -> Tensor? {
        let isTransposed = (product as? Gemm)?.transposesB ?? false
        guard weights.rank == 2, weights.dataType.bitWidth >= 8,
            weights.shape[isTransposed ? 1 : 0] == order.count
        else { return nil }
        let byRow = isTransposed ? try weights.transposed([1, 0]) : weights
        let rowByteCount = byRow.shape[1] * byRow.dataType.bitWidth / 8
        var result = try Tensor(zeros: byRow.dataType, shape: byRow.shape)
        try result.withUnsafeMutableBytes { target in
            byRow.withUnsafeBytes { source in
                for (row, place) in order.enumerated() {
                    let bytes = UnsafeRawBufferPointer(
                        rebasing: source[row * rowByteCount..<(row + 1) * rowByteCount])
                    UnsafeMutableRawBufferPointer(
                        rebasing: target[place * rowByteCount..<(place + 1) * rowByteCount]
                    ).copyMemory(from: bytes)
                }
            }
        }
        return isTransposed ? try result.transposed([1, 0]) : result
    }
}

extension Tensor {
    /// The elements with dimension `i` of the result being dimension `order[i]` of this tensor.
    ///
    /// - Throws: ``HingeError`` when `order` isn't a permutation of the dimensions.
    package func transposed(_ order: [Int]) throws -> Tensor {
        if order == Array(0..<rank) { return self }
        var context = EvaluationContext(inputs: [.tensor(self)])
        try Transpose(order).evaluate(&context)
        guard let result = context.outputs[0]?.tensor else {
            throw HingeError(.internalError, "Transpose gave no output")
        }
        return result
    }
}
