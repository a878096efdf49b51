#if OneDNN
    internal import COneDNN
    internal import CVectorMath
    import HingeGraph
    import HingeOperators
    import HingeProgram

    extension PlanBuilder {
        /// Emits a product of one row and constant weights, in a loop of our own.
        ///
        /// Such a product takes as long as reading the weights. oneDNN reads them in blocks, several columns of blocks at a
        /// time; in the order in which they stand they come up to twice as fast.
        ///
        /// - Returns: Whether it did; oneDNN has small products in as little time, together with what follows.
        func lowerRow(_ product: MatrixProduct, _ node: LoweredNode) throws -> Bool {
            guard let (rows, inner, columns) = product.extents, rows == 1, product.own.isEmpty,
                computingTypes == [.float32], inner > 0,
                Extent.product(of: [inner, columns]) >= RowProductStep.leastWeights,
                halfType(node.output) == nil,
                case .constant(let matrix) = values[product.b.slot],
                matrix.dataType == .float32, let row = product.a.forms.last?.view,
                let region = try weights.owned(matrix).region
            else { return false }
            var addends = product.bias.map { [$0] } ?? []
            var steps = [node.index]
            var result = node.output
            for link in links(after: node.output, node.type) {
                guard case .binary(let function, let input) = link.operations.first,
                    link.operations.count == 1, function.kind == dnnl_binary_add,
                    input.type.count == columns, addends.count < RowProductStep.mostAddends
                else { break }
                addends.append(input)
                steps += link.steps
                result = link.result
            }
            var reads = [try buffer(product.a.slot, as: row, view: row)]
            reads.append(addBuffer(byteCount: region.byteCount, at: .constant(region)))
            for addend in addends {
                let plain = try Descriptor.plain(
                    TensorType(dataType: .float32, shape: addend.type.shape))
                reads.append(try buffer(addend.slot, as: plain, view: plain))
            }
            var rule = MagnitudeRule(
                source: MagnitudeRule.products(terms: inner), arguments: Array(reads.prefix(2)))
            rule.operations = reads.dropFirst(2).map { .binary(.sum, $0) }
            let target = addBuffer(byteCount: columns * 4)
            let step = RowProductStep(
                extents: (inner, columns),
                isTransposed: product.b.forms.allSatisfy { !$0.descriptor.isPlain }, reads: reads,
                output: target, rule: options.isCareful ? nil : rule,
                steps: steps.map { program.steps[$0] }, type: types[result])
            watchedSteps.append(step)
            emit(step, reads: reads, writes: [target])
            let flat = TensorType(dataType: .float32, shape: node.type.shape)
            try define(result, node.type, target, Descriptor.plain(flat))
            for step in steps { finish(step) }
            return true
        }
    }

    /// The product of one row and a constant matrix, to which rows may be added.
    struct RowProductStep: WatchedStep {
        /// The least number of weights for which it is worth it: those of which a processor's nearest memory keeps no more
        /// than a part from run to run.
        static let leastWeights = 1 << 16
        /// How many rows may be added.
        static let mostAddends = 2

        /// The number of terms of each sum, and of sums.
        let extents: (inner: Int, columns: Int)
        /// Whether the matrix has a row for each sum.
        let isTransposed: Bool
        /// The row, the matrix, and what is added.
        let reads: [BufferID]
        let output: BufferID
        let rule: MagnitudeRule?
        /// The steps of the program that it does.
        let steps: [Program.Step]
        let type: TensorType?

        var outputBuffers: [BufferID] { [output] }

        var elements: [(buffer: BufferID, type: DataType)] {
            (reads + [output]).map { ($0, .float32) }
        }

        var summary: String {
            "row product \(steps.map(\.operation.id.type).joined(separator: "+"))"
        }

        var description: StepDescription {
            StepDescription(
                nodes: steps.map(\.name).filter { !$0.isEmpty },
                operators: steps.map(\.operation.id.type), kernel: "own", precision: "float32",
                layout: "row-major", outputs: type.map { [$0.text] } ?? [],
                byteCount: extents.columns * 4)
        }

        func bind(_ workspace: Workspace) -> BoundStep { BoundRowProduct(self, workspace) }
    }

    private final class BoundRowProduct: BoundStep {
        private let step: RowProductStep
        private unowned(unsafe) let workspace: Workspace

        init(_ step: RowProductStep, _ workspace: Workspace) {
            self.step = step
            self.workspace = workspace
        }

        override func run() throws {
            try step.watch(workspace)
            guard let x = try address(step.reads[0]), let matrix = try address(step.reads[1]),
                let y = try address(step.output)
            else { return }
            let (inner, columns) = step.extents
            // Each thread has columns of its own: a sum is the same whatever their number.
            let width = 64
            let parts = (ThreadTeam.current ?? .processors).count
            let share = (columns + parts * width - 1) / (parts * width) * width
            nonisolated(unsafe) let (from, to) = ((x, matrix), y)
            parallelFor((columns + share - 1) / share, cost: inner * share) { range in
                let first = range.lowerBound * share
                let count = min(range.upperBound * share, columns) - first
                if step.isTransposed {
                    hinge_row_dots(
                        from.0, from.1 + first * inner, inner, inner, to + first, count)
                } else {
                    hinge_row_product(
                        from.0, from.1 + first, inner, columns, to + first, count)
                }
            }
            for buffer in step.reads.dropFirst(2) {
                guard let addend = try address(buffer) else { continue }
                for index in 0..<columns { y[index] += addend[index] }
            }
        }

        private func address(_ buffer: BufferID) throws -> UnsafeMutablePointer<Float>? {
            try workspace.address(of: buffer)?.assumingMemoryBound(to: Float.self)
        }
    }
#endif
