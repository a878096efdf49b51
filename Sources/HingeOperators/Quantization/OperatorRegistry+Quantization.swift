extension OperatorRegistry {
    static let quantization: [any Operator.Type] = [
        ConvInteger.self,
        DequantizeLinear.self,
        DynamicQuantizeLinear.self,
        MatMulInteger.self,
        QLinearConv.self,
        QLinearMatMul.self,
        QuantizeLinear.self,
    ]
}
