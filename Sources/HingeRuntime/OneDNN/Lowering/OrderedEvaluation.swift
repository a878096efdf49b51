#if OneDNN
    internal import COneDNN
    import HingeGraph
    import HingeOperators
    import HingeProgram

    extension PlanBuilder {
        /// An operator's own evaluation of elements in the order in which they stand in memory.
        ///
        /// Memory that is row-major but for the order of its axes is a row-major tensor of another shape: what works on
        /// elements by themselves, or on those of two tensors that broadcast, works on it as well.
        ///
        /// - Parameter count: The number of operands, the first inputs, that are as large as the result or broadcast to it;
        ///   other inputs mean the same for all elements.
        func lowerInOrder(
            _ node: LoweredNode, operands count: Int, of types: [DataType]
        ) throws -> Bool {
            let operands = (0..<count).compactMap { tensorInput(node, $0, of: types) }
            guard operands.count == count,
                let order = try commonOrder(operands, node.type.shape)
            else { return false }
            var inputs: [EvaluateStep.Operand] = []
            for operand in operands {
                guard let input = try ordered(operand, order, node.type.shape) else { return false }
                inputs.append(input)
            }
            inputs += try node.step.inputs.dropFirst(count).map { try self.operand($0) }
            let result = try Descriptor.ordered(node.type, order)
            let flat = TensorType(
                dataType: node.type.dataType, shape: order.map { node.type.shape[$0] })
            let target = addBuffer(byteCount: node.type.byteCount)
            emit(
                EvaluateStep(
                    index: node.index, name: node.step.name, operation: node.step.operation,
                    places: node.step.places, inputs: inputs, outputs: [.memory(target, flat)],
                    bodies: [], captured: [], salt: node.step.salt, owner: options.owner),
                reads: inputs.compactMap(\.buffer), writes: [target])
            try define(node.output, node.type, target, result)
            finish(node.index)
            return true
        }

        /// The order of axes in which an operand of the result's shape stands already, the first that isn't row-major; `nil`
        /// where nobody gains from another order than row-major.
        private func commonOrder(_ operands: [TensorInput], _ shape: [Int]) throws -> [Int]? {
            for operand in operands where operand.type.shape == shape {
                let present = try descriptor(operand.slot)
                if present.isPlain { continue }
                let chosen =
                    present.axisOrder ?? (try? present.channelsLast(operand.type))?.axisOrder
                guard let chosen, operands.allSatisfy({ $0.type.shape == shape || $0.isLine })
                else { return nil }
                return chosen
            }
            return nil
        }

        /// An operand in an order of axes: as it stands there, or, where it broadcasts, as a line along one of them.
        private func ordered(
            _ operand: TensorInput, _ order: [Int], _ shape: [Int]
        ) throws -> EvaluateStep.Operand? {
            let type = operand.type
            let ones = shape.count - type.shape.count
            guard ones >= 0 else { return nil }
            let aligned = [Int](repeating: 1, count: ones) + type.shape
            let flat = TensorType(dataType: type.dataType, shape: order.map { aligned[$0] })
            if type.shape == shape {
                let buffer = try buffer(operand.slot, as: Descriptor.ordered(type, order))
                return .memory(buffer, flat)
            }
            switch try self.operand(operand.slot) {
            case .memory(let buffer, _): return .memory(buffer, flat)
            case .constant(let value):
                return try value.tensor.map { .constant(.tensor(try $0.reshaped(to: flat.shape))) }
            default: return nil
            }
        }
    }

    extension TensorInput {
        /// Whether at most one of the extents isn't 1, so that elements stand in the same order whatever that of the axes.
        fileprivate var isLine: Bool { type.shape.count { $0 != 1 } <= 1 }
    }
#endif
