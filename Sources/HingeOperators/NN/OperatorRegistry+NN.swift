extension OperatorRegistry {
    static let networks: [any Operator.Type] = [
        Attention.self,
        AveragePool.self,
        BatchNormalization.self,
        Conv.self,
        ConvTranspose.self,
        Gemm.self,
        GlobalAveragePool.self,
        GlobalLpPool.self,
        GlobalMaxPool.self,
        GroupNormalization.self,
        InstanceNormalization.self,
        LRN.self,
        LayerNormalization.self,
        LpNormalization.self,
        LpPool.self,
        MatMul.self,
        MaxPool.self,
        MeanVarianceNormalization.self,
        RMSNormalization.self,
    ]
}
