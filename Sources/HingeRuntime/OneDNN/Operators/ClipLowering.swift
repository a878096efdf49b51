#if OneDNN
    internal import COneDNN
    import HingeGraph
    import HingeOperators

    enum ClipLowering: ElementwiseLowering {
        typealias Operation = Clip

        static func functions(
            _ operation: Clip, _ node: LoweredNode, _ builder: PlanBuilder
        ) -> [ElementFunction]? {
            func bound(_ position: Int, _ stated: Float?, _ none: Float) -> Float? {
                guard node.hasInput(position) else { return stated ?? none }
                guard let tensor = builder.constantInput(node, position),
                    tensor.dataType == .float32 || tensor.dataType.isHalf, tensor.count == 1
                else { return nil }
                return (try? tensor.doubles())?.first.map { Float($0) }
            }
            guard let low = bound(1, operation.minimum, -.infinity),
                let high = bound(2, operation.maximum, .infinity), low <= high
            else { return nil }
            return [low == 0 && high == .infinity ? .relu() : .clip(from: low, to: high)]
        }
    }

    extension ElementFunction {
        /// `x`, but at least `low` and at most `high`.
        static func clip(from low: Float, to high: Float) -> ElementFunction {
            ElementFunction(
                kind: dnnl_eltwise_clip, alpha: low, beta: high, allowsInfiniteParameters: true
            ) { max(abs(min(max($0, low), high)), abs(min(max(-$0, low), high))) }
        }
    }
#endif
