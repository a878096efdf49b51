#if OneDNN
    import HingeGraph
    import HingeOperators
    import HingeProgram

    /// The product of rows of integers, whose scale and zero point a run may compute, and a constant matrix of signed ones
    /// without a zero point, as numbers.
    enum MatMulIntegerToFloatLowering: Lowering {
        static var isWorthPlanning: Bool { true }

        static func lower(
            _ operation: MatMulIntegerToFloat, _ node: LoweredNode, _ builder: PlanBuilder
        ) throws -> Bool {
            guard let a = builder.tensorInput(node, 0, of: [.uint8, .int8]),
                let weights = builder.constantInput(node, 1), weights.dataType == .int8,
                let slot = node.step.inputs[1], builder.hasZeros(node, 5),
                IntegerArithmetic.isExact(
                    a.type.dataType, largestWeight: builder.largestMagnitude(weights)),
                [2, 4].allSatisfy({ builder.isScalar(node, $0) })
            else { return false }
            let product = PlanBuilder.IntegerProduct(
                factors: .init(x: a, weights: weights, weightsSlot: slot), isTransposed: false)
            guard let sums = try builder.emitSums(product, node) else { return false }
            try builder.emitScaledSums(product, sums, node)
            return true
        }
    }

    extension PlanBuilder {
        /// Whether an input is absent, or constant zeros.
        fileprivate func hasZeros(_ node: LoweredNode, _ position: Int) -> Bool {
            guard node.hasInput(position) else { return true }
            return (try? constantInput(node, position)?.integers().allSatisfy { $0 == 0 }) ?? false
        }

        /// Whether an input is absent, or one element.
        fileprivate func isScalar(_ node: LoweredNode, _ position: Int) -> Bool {
            guard node.hasInput(position), let slot = node.step.inputs[position] else {
                return true
            }
            return tensorType(slot)?.count == 1
        }

        /// Emits what makes numbers of the sums of a product.
        fileprivate func emitScaledSums(
            _ product: IntegerProduct, _ sums: BufferID, _ node: LoweredNode
        ) throws {
            func operand(_ position: Int) throws -> EvaluateStep.Operand {
                try node.hasInput(position) ? self.operand(node.step.inputs[position]) : .absent
            }
            let columnSums = try product.columnSums()
            let type = TensorType(
                dataType: .int32, shape: Array(node.type.shape.dropLast()) + [product.columns])
            let inputs: [EvaluateStep.Operand] = [
                .memory(sums, type),
                .constant(.tensor(Tensor(columnSums, shape: [product.columns]))),
                try operand(4), try operand(2), try operand(3), try operand(6),
            ]
            // Numbers of 32 bits may take the place of the sums, which nobody else reads.
            let target = addBuffer(byteCount: node.type.byteCount, in: sums)
            emit(
                EvaluateStep(
                    index: node.index, name: node.step.name, operation: ScaledSums(),
                    places: node.step.places, inputs: inputs,
                    outputs: [.memory(target, node.type)], bodies: [], captured: [],
                    salt: node.step.salt, owner: options.owner),
                reads: inputs.compactMap(\.buffer), writes: [target])
            try define(node.output, node.type, target, try .plain(node.type))
            finish(node.index)
        }
    }
#endif
